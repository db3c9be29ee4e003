package ring

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/futex"
)

const (
	nearNap = time.Millisecond
	// apart is how far two events are apart at least that are asked about at
	// growing intervals each.
	apart = 50 * time.Millisecond
)

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
	next   time.Time // when to ask
	woken  bool      // from a long sleep, before its time
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
		e.stir(time.Now()) // what ended before this is not told
	}
}

// forget ends what listen began, and a sleep that waits to be told. side.exit is
// held.
func (e *obits) forget() {
	if e.stop != nil {
		e.stop()
		e.stop = nil
		futex.Bump(e.told)
	}
}

// begin is the beginning of a wait.
func (e *obits) begin(now time.Time) {
	e.woken = false // by what ended the wait before
	if !e.tells || now.Sub(e.at) >= nearFor {
		e.next = now.Add(checkEvery)
	}
}

// stir has this side ask at once, and at growing intervals unless it does already.
func (e *obits) stir(now time.Time) {
	if now.Sub(e.at) >= apart {
		e.at = now
	}
	e.next = now
}

// looked is called when nothing has moved: who was woken for that asks.
func (e *obits) looked(now time.Time) {
	if e.woken {
		e.woken = false
		e.stir(now)
	}
}

// due says whether this side has to ask now.
func (e *obits) due(now time.Time) bool {
	if e.tells {
		if v := atomic.LoadUint32(e.told); v != e.heard {
			e.heard = v
			e.stir(now)
		}
	}
	if now.Before(e.next) {
		return false
	}
	since := now.Sub(e.at)
	switch {
	case !e.tells:
		e.next = now.Add(checkEvery)
	case since < nearFor:
		e.next = now.Add(max(nearNap, since))
	default:
		e.next = now.Add(calmly)
	}
	return true
}

// nap is how long it sleeps. The first sleep of a wait is short and on one word, from
// which the kernel wakes up sooner: most end in it.
func (e *obits) nap(now time.Time, first bool) time.Duration {
	nap := max(nearNap, e.next.Sub(now))
	if first {
		nap = min(nap, checkEvery)
	}
	return nap
}

// sleep is sleepOn that also ends when something comes to its end, if it is long.
func (e *obits) sleep(ctx context.Context, w *uint32, old uint32, d time.Duration) error {
	if d <= checkEvery {
		return sleepOn(ctx, w, old, d)
	}
	err := sleepOr(ctx, w, old, e.told, e.heard, d)
	e.woken = err == nil
	return err
}
