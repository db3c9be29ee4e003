package cpu

import (
	"runtime"
	"sync/atomic"
)

// A Turn is a lock for a few instructions. It costs one locked instruction where
// sync.Mutex costs two. The zero value is free. It must not be copied after its
// first use.
type Turn struct{ word uint32 }

// TryLock takes the turn if it is free.
func (t *Turn) TryLock() bool { return atomic.CompareAndSwapUint32(&t.word, 0, 1) }

// Lock takes the turn, and lets others run until it is free.
func (t *Turn) Lock() {
	for !t.TryLock() {
		runtime.Gosched()
	}
}

// Unlock gives the turn up. What was written before is seen by whoever takes it
// next.
func (t *Turn) Unlock() { release32(&t.word, 0) }

// An Int64 is an atomic.Int64 that can also be stored without a fence.
type Int64 struct{ atomic.Int64 }

// Release stores v. Who loads it sees what was written before, but later loads may
// pass the store.
func (x *Int64) Release(v int64) { release64(&x.Int64, v) }
