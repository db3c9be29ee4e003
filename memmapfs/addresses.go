package memmapfs

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// addressBook counts the addresses this package holds. Retired mappings wait
// for the garbage collector; when very many wait, it is asked to run.
type addressBook struct {
	held    atomic.Int64 // bytes of addresses, mapped or waiting
	waiting atomic.Int64 // bytes retired since the collector was last asked
	ranges  atomic.Int64 // mappings retired since then

	mu    sync.Mutex // held while the collector runs
	ended time.Time  // when it did last
	took  time.Duration
}

var addresses addressBook

const mostRanges = 8192

// mostWaiting leaves most of the address space (47 bits, or 2 to 3 GiB) to others.
const mostWaiting = 1 << (28 + 17*(bits.UintSize/64))

// Who meets with a refusal asks the collector at most a tenth of the time, so that
// it does not take over where a program has more files open than can be mapped; and
// where nothing was retired since, so that it finds no more than handles somebody
// dropped, now and then.
const (
	atMostATenth = 9
	nowAndThen   = time.Second
)

func (a *addressBook) hold(n int64)    { a.held.Add(n) }
func (a *addressBook) release(n int64) { a.held.Add(-n) }

func (a *addressBook) retire(n int64) {
	waiting, ranges := a.waiting.Add(n), a.ranges.Add(1)
	if waiting > mostWaiting || ranges > mostRanges {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.waiting.Load() > mostWaiting || a.ranges.Load() > mostRanges {
			a.run()
		}
	}
}

// collect is for who was refused addresses and will ask once more: it has the
// retired ones come back, or waits for whoever is at that, unless that is hopeless
// for it has just been done, and there is another way than addresses.
func (a *addressBook) collect(noOther bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	pause := atMostATenth * a.took
	if a.ranges.Load() == 0 {
		pause = max(pause, nowAndThen)
	}
	if noOther || a.ended.IsZero() || time.Since(a.ended) >= pause {
		a.run()
	}
}

// run runs the garbage collector so that retired addresses come back, if the
// process has the addresses that a collection needs itself. mu is held.
func (a *addressBook) run() {
	if !mmap.CanCollect() {
		return
	}
	a.waiting.Store(0)
	a.ranges.Store(0)
	begun := time.Now()
	runtime.GC()
	a.ended = time.Now()
	a.took = a.ended.Sub(begun)
}
