package ring

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/sigbus"
)

const (
	// checkEvery is how often a waiting side asks whether the other lives.
	checkEvery = 50 * time.Millisecond
	// yields is how often a blocking wait yields before it sleeps.
	yields = 50
)

// ring wakes the other side if it sleeps. One wake-up is enough for each time
// it went to sleep: the bumped sequence keeps it from sleeping on.
func (s *side) ring() {
	park := load32(s.other.park)
	if park&1 == 0 || park == s.woken {
		return
	}
	s.woken = park
	s.bump()
}

func (s *side) bump() {
	store32(s.mine.wake, *s.mine.wake+1)
	futex.Wake(s.mine.wake, futex.All)
	add(s.mine.wakeups, 1)
}

// wait calls try until its error is not pending any more, ctx ends, or the
// other side is dead. It spins, yields, and sleeps, as the strategy says.
func (s *side) wait(ctx context.Context, pending error, try func() error) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	if err := s.run(func() error { add(s.mine.waits, 1); return nil }); err != nil {
		return err
	}
	lookAt := time.Now().Add(checkEvery)
	for turn := 0; ; turn++ {
		err := s.run(try)
		if !errors.Is(err, pending) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case s.strategy == WaitBlock && turn >= yields:
			err = s.sleep(ctx, pending, try)
		case s.strategy == WaitSpin && turn%1024 != 0:
			continue
		default:
			runtime.Gosched()
			err = pending
		}
		if !errors.Is(err, pending) {
			return err
		}
		if time.Now().After(lookAt) {
			lookAt = time.Now().Add(checkEvery)
			if err := s.gone(); err != nil {
				// What it committed or released before it died comes first.
				if last := s.run(try); !errors.Is(last, pending) {
					return last
				}
				return err
			}
		}
	}
}

// sleep parks this side once. The order is what excludes a lost wake-up: read
// the sequence, park, try again, sleep unless the sequence moved. The other side
// publishes first and looks for parked sleepers then.
func (s *side) sleep(ctx context.Context, pending error, try func() error) error {
	var seq uint32
	err := s.run(func() error {
		seq = load32(s.other.wake)
		store32(s.mine.park, *s.mine.park|1)
		return try()
	})
	if errors.Is(err, pending) {
		fault := sigbus.Guard(func() { err = futex.Wait(ctx, s.other.wake, seq, checkEvery) })
		if err == nil || errors.Is(err, futex.ErrTimeout) {
			err = pending
		}
		if fault != nil {
			err = fault
		}
	}
	unpark := s.run(func() error { store32(s.mine.park, *s.mine.park+1); return nil })
	if unpark != nil {
		return unpark
	}
	return err
}

// gone is ErrPeerDead when the other side opened the ring, did not close it and
// holds no seat.
func (s *side) gone() error {
	if s.stay || s.peer == nil {
		return nil
	}
	var open bool
	if err := s.run(func() error { open = load32(s.other.state) == stateOpen; return nil }); err != nil || !open {
		return err
	}
	alive, err := s.peer.alive()
	if err != nil || alive {
		return err
	}
	return ErrPeerDead
}

// end closes this side: it says so in shared memory, wakes the other and, once
// no operation runs any more, lets go of the memory.
func (s *side) end() error {
	if s.closed.Swap(true) {
		return ErrClosed
	}
	_ = sigbus.Guard(func() { futex.Wake(s.other.wake, futex.All) }) // our own sleeper
	s.busy.Lock()
	defer s.busy.Unlock()
	fault := sigbus.Guard(func() {
		store32(s.mine.state, stateClosed)
		s.bump()
	})
	s.life.Lock()
	defer s.life.Unlock()
	var err error
	if s.leave != nil {
		err = s.leave()
	}
	return errors.Join(fault, err)
}
