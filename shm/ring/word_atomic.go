//go:build !amd64 || race

package ring

import "sync/atomic"

func publish64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }

func count64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }
