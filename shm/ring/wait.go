package ring

import (
	"context"
	"errors"
	"log/slog"
	"math/bits"
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/sigbus"
)

const (
	// checkEvery is how often a waiting side asks whether the other lives, unless
	// the system tells.
	checkEvery = 50 * time.Millisecond
	// blind is how long a side sleeps that cannot fence the other one.
	blind = time.Millisecond

	pauses = 4 // of the processor, between two looks

	// WaitSpin lets others run once in so many of its turns of looks, about a
	// millisecond: with one processor of the scheduler nobody could end it otherwise.
	yieldEvery = 1 << 10

	// A blocking wait watches this long before it sleeps, about what a sleep and
	// its wake-up cost, unless watching was in vain lately.
	watchFor = 50 * time.Microsecond
	vain     = 4  // waits in a row that ended asleep: watching is in vain
	retry    = 32 // then one wait in so many watches again
)

// looks is how often a side looks before it does something else: on a machine
// of one processor the other side cannot move meanwhile.
var looks = func() int {
	if cpu.Online() == 1 {
		return 0
	}
	return 8
}()

// quick is how often a consumer that waits anyway looks first of all.
var quick = 8 * looks

// Pauses of the processor between two of these looks, and before a look that may
// find few records, at most: a stream gains from some, whoever spins wants its
// records at once. A pause takes up to 25 ns.
const (
	maxGap  = 31
	spinGap = 3
	maxPace = 31
)

// watcher says whether watching pays: that depends on the other side's pace, and
// on whether both have a processor of their own.
type watcher struct{ waits, vain uint32 }

// budget is how long the wait that begins may watch.
func (w *watcher) budget() time.Duration {
	w.waits++
	if looks == 0 || w.vain >= vain && w.waits%retry != 0 {
		return 0
	}
	return watchFor
}

// full is ErrFull for who does not wait, unless a challenger has the seat now.
func (p *Producer) full() error {
	return p.guarded(func() error { return p.succeeded(ErrFull) })
}

// waitRoom waits until n bytes may fit.
func (p *Producer) waitRoom(ctx context.Context, n int) error {
	if p.fail {
		return p.full()
	}
	seen := p.head
	return p.wait(ctx, func() bool { return load64(p.other.position) != seen })
}

// waitRecord waits until there may be a record or the end of them.
func (c *Consumer) waitRecord(ctx context.Context) error {
	if o := c.over; o != nil && o.late { // no wait: there is something
		o.late = false
		return ctx.Err()
	}
	seen := c.tail
	return c.wait(ctx, func() bool {
		return load64(c.other.position) != seen || c.ends(load32(c.other.state))
	})
}

// wait returns nil when moved says so, and an error when ctx ends, this side is
// closed or the other is dead. It spins, yields and sleeps, as the strategy says.
func (s *side) wait(ctx context.Context, moved func() bool) error {
	begun := time.Now()
	err := s.guarded(func() error {
		add(s.mine.waits, 1)
		count64(s.mine.active, uint64(begun.UnixNano()))
		return nil
	})
	if err != nil {
		return err
	}
	budget := s.watcher.budget()
	s.obits.begin(begun)
	asleep := false
	for turn := 1; ; turn++ {
		came, err := s.watch(moved)
		if err == nil && !came {
			err = ctx.Err()
		}
		if came || err != nil {
			if came && !asleep {
				s.watcher.vain = 0
			}
			return err
		}
		now := time.Now()
		s.obits.looked(now)
		switch {
		case s.strategy == WaitSpin:
			if turn%yieldEvery == 0 {
				runtime.Gosched()
			}
		case s.strategy == WaitYield || now.Sub(begun) < budget:
			runtime.Gosched()
		default:
			if !asleep && budget > 0 {
				s.watcher.vain++
			}
			first := !asleep
			asleep = true
			if came, err = s.sleep(ctx, moved, first); came || err != nil {
				return err
			}
			now = time.Now()
		}
		if err := s.guarded(func() error { return s.succeeded(nil) }); err != nil {
			return err
		}
		if s.obits.due(now) {
			if err := s.vainly(moved, now.Sub(begun) >= checkEvery); err != nil {
				return err
			}
		}
	}
}

// watch looks for a while, on the processor.
func (s *side) watch(moved func() bool) (came bool, err error) {
	err = s.guarded(func() error {
		for range looks {
			if came = moved(); came {
				return nil
			}
			cpu.Pause(pauses)
		}
		came = moved()
		return nil
	})
	return came, err
}

// sleep parks this side once, for the first time in a wait or again.
func (s *side) sleep(ctx context.Context, moved func() bool, first bool) (came bool, err error) {
	var seq uint32
	s.listen()
	nap := s.obits.nap(time.Now(), first)
	err = s.guarded(func() error {
		seq = s.park()
		if !fenceOthers() {
			nap = min(nap, blind)
		}
		came = moved()
		return nil
	})
	if err == nil && !came {
		if fault := sigbus.Guard(func() { err = s.obits.sleep(ctx, s.other.wake, seq, nap) }); fault != nil {
			err = fault
		}
		if errors.Is(err, futex.ErrTimeout) {
			err = nil
		}
		if errors.Is(err, sigbus.ErrFault) && !s.closed.Load() {
			s.spoil(err)
			s.log(slog.LevelError, "ring: shared memory is gone", err)
		}
	}
	unpark := s.guarded(func() error { s.unpark(seq); return nil })
	if unpark != nil {
		return false, unpark
	}
	return came, err
}

// park says that this side is about to sleep while the other side's sequence is
// seq. What excludes a lost wake-up is the order: read the sequence, park, fence,
// look again, sleep unless the sequence moved. The other side publishes first and
// looks for a parked sleeper then.
func (s *side) park() (seq uint32) {
	seq = load32(s.other.wake)
	fenced32(s.mine.park, load32(s.mine.park)|1)
	return seq
}

// unpark ends what park began.
func (s *side) unpark(seq uint32) {
	fenced32(s.mine.park, load32(s.mine.park)+1)
	if load32(s.other.wake) != seq {
		s.woke()
	}
}

// vainly says why waiting on may be in vain: the other side is missing, or, after
// a long wait, the ring has lost its name and nobody who comes later will find it.
// Two sides that keep each other busy need no name.
func (s *side) vainly(moved func() bool, long bool) error {
	if err := s.missing(moved); err != nil || s.linked == nil || !long {
		return err
	}
	lost := s.linked()
	if !errors.Is(lost, ErrUnlinked) {
		return nil
	}
	var came bool
	if err := s.guarded(func() error { came = moved(); return nil }); err != nil || came {
		return err
	}
	return lost
}

// missing is ErrPeerDead when the other side opened the ring, did not close it,
// holds no seat, and left nothing behind that would still be news.
func (s *side) missing(moved func() bool) error {
	if s.stay || s.peer == nil {
		return nil
	}
	var open bool
	look := func() error { open = load32(s.other.state) == stateOpen; return nil }
	if err := s.guarded(look); err != nil || !open {
		return err
	}
	alive, err := s.peer.alive()
	if err != nil || alive {
		s.mourned = s.mourned && !alive
		return err
	}
	var came bool
	err = s.guarded(func() error {
		// It may have moved, or closed, between our last look and its end.
		if came = moved() || load32(s.other.state) != stateOpen; !came {
			fenced32(s.mine.lastError, lastPeerDead)
		}
		return nil
	})
	if err != nil || came {
		return err
	}
	if !s.mourned {
		s.mourned = true
		s.log(slog.LevelWarn, "ring: the other side died", ErrPeerDead)
	}
	return s.naming(ErrPeerDead)
}

// woke counts how long the wake-up took.
func (s *side) woke() {
	late := time.Since(time.Unix(0, int64(load64(s.other.rung))))
	add(s.mine.latency[min(bits.Len64(uint64(max(late, 0)/time.Microsecond)), latencies-1)], 1)
}

// bump moves the sequence the other side sleeps on and wakes it.
func (s *side) bump() {
	count64(s.mine.rung, uint64(time.Now().UnixNano()))
	fenced32(s.mine.wake, load32(s.mine.wake)+1)
	wakeAll(s.mine.wake)
	add(s.mine.wakeUps, 1)
}

// end closes this side: it says so in shared memory, wakes the other, and lets
// go of the memory. An operation in flight in another goroutine ends first, with
// ErrClosed if it waits.
func (s *side) end(last func()) error {
	if s.closed.Swap(true) {
		return ErrClosed
	}
	s.inside.wait()
	s.exit.Lock()
	defer s.exit.Unlock()
	fault := sigbus.Guard(func() {
		wakeAll(s.other.wake) // a sleeper of ours
		if s.gone.Load() {
			return // our page is another's now
		}
		if last != nil && s.poison == nil {
			last()
		}
		count64(s.mine.active, uint64(time.Now().UnixNano()))
		fenced32(s.mine.state, stateClosed)
		s.bump()
	})
	s.bells.clear(!s.gone.Load())
	s.obits.forget()
	if s.leave == nil {
		return fault
	}
	return errors.Join(fault, s.leave())
}
