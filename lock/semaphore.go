package lock

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/futex"
)

// semaphoreHead is how many words come before the permits.
const semaphoreHead = 4

// SemaphoreSize is how many bytes of shared memory a [Semaphore] with that many
// permits takes: 64 for up to 12, and 4 more for each further one.
func SemaphoreSize(permits int) int { return 4 * (semaphoreHead + max(permits, 12)) }

// MaxPermits is how many permits a [Semaphore] can have.
const MaxPermits = 1 << 16

// Semaphore admits a fixed number of holders at once, in memory shared between
// processes. Permits belong to processes: any goroutine may release what another
// of its process acquired.
//
// Who has to wait stands in the queue of a [Mutex], so newcomers do not overtake
// and nobody starves. The memory starts with that mutex; a word follows that is
// bumped when a permit comes free, one with the number of permits, and one for
// each permit with the number of the [Owner] that holds it. Zeroed memory is a
// semaphore whose permits are all free. A permit whose holder died is given to
// the next who needs one, with [ErrOwnerDied]. What [Mutex] says about handles,
// hostile words and concurrency holds here too.
type Semaphore struct {
	line    Mutex    // held by the one whose turn is next
	freed   *uint32  // shared: bumped when a permit comes free and somebody waits
	permits []uint32 // shared: the owners of the permits
}

// SemaphoreAt gives a handle on the semaphore in the first
// [SemaphoreSize](permits) bytes of mem, aligned to 4 bytes. The first handle
// fixes the number of permits; a later one that wants another gets an error.
// See [MutexAt] for owner.
func SemaphoreAt(mem []byte, permits int, owner *Owner) (*Semaphore, error) {
	if permits < 1 || permits > MaxPermits {
		return nil, fmt.Errorf("lock: a semaphore has 1 to %d permits, not %d", MaxPermits, permits)
	}
	w, err := words("semaphore", mem, SemaphoreSize(permits)/4)
	if err != nil {
		return nil, err
	}
	err = guarded(func() error {
		if atomic.CompareAndSwapUint32(&w[3], 0, uint32(permits)) {
			return nil
		}
		if has := atomic.LoadUint32(&w[3]); has != uint32(permits) {
			return fmt.Errorf("lock: this semaphore has %d permits, not %d", has, permits)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s := &Semaphore{freed: &w[2], permits: w[semaphoreHead : semaphoreHead+permits]}
	if err := s.line.init(w, owner); err != nil {
		return nil, err
	}
	return s, nil
}

// Acquire takes a permit and waits for one as long as ctx allows. With
// [ErrOwnerDied] the caller has a permit whose last holder died with it; with
// any other error it has none.
func (s *Semaphore) Acquire(ctx context.Context) error {
	return guarded(func() error { return s.acquire(ctx) })
}

func (s *Semaphore) acquire(ctx context.Context) error {
	if atomic.LoadUint32(s.line.word)&^waiting == nobody && s.claim() {
		s.got(nil)
		return nil
	}
	var w wait
	err := s.line.lockAs(ctx, light, &w)
	if held(err) {
		err = s.wait(ctx, &w)
		_ = s.line.release()
	}
	s.line.ended(&w, err)
	if held(err) {
		s.got(err)
	}
	return err
}

// TryAcquire takes a permit if one is free, or its holder dead, and nobody
// waits for one. With [ErrOwnerDied] the caller has it. It never sleeps.
func (s *Semaphore) TryAcquire() (ok bool, err error) {
	err = guarded(func() (err error) { ok, err = s.tryAcquire(); return err })
	return ok, err
}

func (s *Semaphore) tryAcquire() (bool, error) {
	switch first := atomic.LoadUint32(s.line.word) & ownerMask; {
	case first == goneForGood:
		return false, ErrNotRecoverable
	case first != nobody && !s.line.owner.dead(first):
		return false, nil
	}
	ok, err := s.claim(), error(nil)
	if !ok {
		ok, err = s.reclaim()
	}
	if ok {
		s.got(err)
	}
	return ok, err
}

// Release gives a permit back. [ErrNotHeld] says that this process has none.
// It never blocks.
func (s *Semaphore) Release() error {
	return guarded(func() error { return s.release() })
}

func (s *Semaphore) release() error {
	s.line.sync.release()
	for i := range s.permits {
		p := &s.permits[s.at(i)]
		if atomic.LoadUint32(p) == s.line.id && atomic.CompareAndSwapUint32(p, s.line.id, nobody) {
			if atomic.LoadUint32(s.line.word) != nobody {
				atomic.AddUint32(s.freed, 1)
				futex.Wake(s.freed, 1)
			}
			return nil
		}
	}
	return ErrNotHeld
}

// Free is how many permits nobody held at some moment during the call. It is
// what was counted so far when the memory is gone; Acquire tells why.
func (s *Semaphore) Free() (n int) {
	_ = guarded(func() error {
		for i := range s.permits {
			if atomic.LoadUint32(&s.permits[i]) == nobody {
				n++
			}
		}
		return nil
	})
	return n
}

// Stats returns what this handle has seen. Holds are not timed.
func (s *Semaphore) Stats() Stats { return s.line.snapshot() }

func (s *Semaphore) got(err error) {
	s.line.sync.acquire()
	s.line.took(err)
}

// wait takes a permit, with the line held.
func (s *Semaphore) wait(ctx context.Context, w *wait) error {
	nap := patience
	for {
		seen := atomic.LoadUint32(s.freed)
		if s.claim() {
			return nil
		}
		w.begin()
		err := futex.Wait(ctx, s.freed, seen, nap)
		if err == nil {
			continue
		}
		if err != futex.ErrTimeout {
			return err
		}
		if ok, err := s.reclaim(); ok {
			return err
		}
		nap = checkup
	}
}

// claim takes a free permit.
func (s *Semaphore) claim() bool {
	for i := range s.permits {
		p := &s.permits[s.at(i)]
		if atomic.LoadUint32(p) == nobody && atomic.CompareAndSwapUint32(p, nobody, s.line.id) {
			return true
		}
	}
	return false
}

// reclaim takes a permit whose holder is dead.
func (s *Semaphore) reclaim() (bool, error) {
	for i := range s.permits {
		id := atomic.LoadUint32(&s.permits[i])
		if s.line.owner.dead(id) && atomic.CompareAndSwapUint32(&s.permits[i], id, s.line.id) {
			return true, ErrOwnerDied
		}
	}
	return false, nil
}

// at spreads the processes over the permits: each starts its search elsewhere.
func (s *Semaphore) at(i int) int { return (i + int(s.line.id)) % len(s.permits) }
