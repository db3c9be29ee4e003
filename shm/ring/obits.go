package ring

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/futex"
)

const nearNap = time.Millisecond

var (
	// What a dead process held may be held for a moment still when its end is told:
	// it is asked after at growing intervals, from nearNap on, for so long.
	nearFor = 200 * time.Millisecond
	// calmly is how often a side asks nevertheless.
	calmly = 5 * time.Second
)

// obits is how a sleeper hears that the other side may have come to its end: from
// the system, where it tells; elsewhere the sleeper has to wake up and ask. The
// zero value asks. Its fields are the waiting operation's, except that told is
// moved by whoever tells, and stop is guarded by side.exit.
type obits struct {
	notify func(fn func()) (stop func(), err error)
	stop   func()
	tells  bool
	told   *uint32   // moves when something came to its end
	heard  uint32    // its value we know of
	at     time.Time // when it was heard
}

// listen has the system tell, the first time this side sleeps.
func (s *side) listen() {
	e := &s.obits
	if e.notify == nil || !futex.Joint() {
		return
	}
	s.exit.Lock()
	defer s.exit.Unlock()
	if s.closed.Load() {
		return
	}
	told := new(uint32)
	stop, err := e.notify(func() { futex.Bump(told) })
	e.notify = nil
	if err == nil {
		e.stop, e.told, e.tells = stop, told, true
		e.at = time.Now() // what ended before this is not told
	}
}

// forget ends what listen began. side.exit is held.
func (e *obits) forget() {
	if e.stop != nil {
		e.stop()
		e.stop = nil
	}
}

// near says whether something came to its end lately, so that asking is worthwhile.
func (e *obits) near(now time.Time) bool {
	if !e.tells {
		return false
	}
	if v := atomic.LoadUint32(e.told); v != e.heard {
		e.heard, e.at = v, now
	}
	return now.Sub(e.at) < nearFor
}

// every is how often this side asks by itself.
func (e *obits) every() time.Duration {
	if e.tells {
		return calmly
	}
	return checkEvery
}

// nap is how long it sleeps. The first sleep of a wait is short and on one word, from
// which the kernel wakes up sooner: most end in it.
func (e *obits) nap(now time.Time, first bool) time.Duration {
	switch {
	case e.near(now):
		return max(nearNap, now.Sub(e.at))
	case e.tells && !first:
		return calmly
	}
	return checkEvery
}

// sleep is sleepOn that also ends when something comes to its end.
func (e *obits) sleep(ctx context.Context, w *uint32, old uint32, d time.Duration) error {
	if d <= checkEvery {
		return sleepOn(ctx, w, old, d)
	}
	return sleepOr(ctx, w, old, e.told, e.heard, d)
}
