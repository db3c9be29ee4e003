//go:build !amd64 || race

package cpu

import "sync/atomic"

func release32(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

func release64(w *atomic.Int64, v int64) { w.Store(v) }
