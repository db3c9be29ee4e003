//go:build amd64 && !race

package cpu

import (
	"sync/atomic"
	"unsafe"
)

// On amd64 every store is a release, and the compiler keeps the order of stores to
// memory it does not own. sync/atomic would add the fence of an XCHG.

func release32(w *uint32, v uint32) { *w = v }

func release64(w *atomic.Int64, v int64) { *(*int64)(unsafe.Pointer(w)) = v }
