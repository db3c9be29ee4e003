package memmapfs

import (
	"math/bits"
	"runtime"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/mmap"
)

// addressBook counts the addresses this package holds. Retired mappings wait
// for the garbage collector; when very many wait, it is asked to run.
type addressBook struct {
	held    atomic.Int64 // bytes of addresses, mapped or waiting
	waiting atomic.Int64 // bytes retired since the collector was last asked
	ranges  atomic.Int64 // mappings retired since then
}

var addresses addressBook

const mostRanges = 8192

// mostWaiting leaves most of the address space (47 bits, or 2 to 3 GiB) to others.
const mostWaiting = 1 << (28 + 17*(bits.UintSize/64))

func (a *addressBook) hold(n int64)    { a.held.Add(n) }
func (a *addressBook) release(n int64) { a.held.Add(-n) }

func (a *addressBook) retire(n int64) {
	waiting, ranges := a.waiting.Add(n), a.ranges.Add(1)
	if waiting > mostWaiting || ranges > mostRanges {
		a.collect()
	}
}

// collect runs the garbage collector so that retired addresses come back, if
// the process has the addresses that a collection needs itself.
func (a *addressBook) collect() {
	if !mmap.CanCollect() {
		return
	}
	a.waiting.Store(0)
	a.ranges.Store(0)
	runtime.GC()
}
