//go:build (!amd64 || race) && !shmcheck

package ring

import "sync/atomic"

func private32(w *uint32, v uint32) { atomic.StoreUint32(w, v) }
