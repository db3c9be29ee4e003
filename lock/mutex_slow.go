package lock

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/futex"
)

const (
	// patience is how long a waiter lets newcomers overtake it.
	patience = time.Millisecond
	// checkup is how often a waiter looks whether the owner lives.
	checkup = 30 * time.Millisecond
	// maxHungry bounds a believable count of starving waiters.
	maxHungry = 1 << 20
)

// lockSlow takes the lock after the quick try failed. kind is light or 0.
func (m *Mutex) lockSlow(ctx context.Context, kind uint32) error {
	a := attempt{id: m.id, light: kind}
	if m.spin(&a) {
		return nil
	}
	start := time.Now()
	err := m.contend(ctx, &a, start)
	m.waited(time.Since(start), err)
	if a.starving {
		m.satisfied()
	}
	if !held(err) && a.slept {
		m.passOn()
	}
	return err
}

// contend runs the attempt until it ends.
func (m *Mutex) contend(ctx context.Context, a *attempt, start time.Time) error {
	timedOut := false
	for {
		old := atomic.LoadUint32(m.word)
		word, what := a.next(old, timedOut && m.owner.dead(old&ownerMask))
		switch what {
		case refuse:
			return ErrNotRecoverable
		case take:
			if atomic.CompareAndSwapUint32(m.word, old, word) {
				return warning(word)
			}
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if word != old && !atomic.CompareAndSwapUint32(m.word, old, word) {
			continue
		}
		nap := checkup
		if !a.starving {
			nap = patience
		}
		err := futex.Wait(ctx, m.word, word, nap)
		timedOut = err == futex.ErrTimeout
		if err != nil && !timedOut {
			return err
		}
		a.slept = true
		if !a.starving && time.Since(start) >= patience {
			a.starving = true
			atomic.AddUint32(m.hungry, 1)
		}
	}
}

// try makes one attempt without sleeping.
func (m *Mutex) try(kind uint32) (bool, error) {
	a := attempt{id: m.id, light: kind}
	old := atomic.LoadUint32(m.word)
	word, what := a.next(old, m.owner.dead(old&ownerMask))
	if what == refuse {
		return false, ErrNotRecoverable
	}
	if what == take && atomic.CompareAndSwapUint32(m.word, old, word) {
		if word&doubt != 0 && old&doubt == 0 {
			m.deaths.Add(1)
		}
		return true, warning(word)
	}
	return false, nil
}

// warning tells the new holder about the data.
func warning(word uint32) error {
	if word&doubt != 0 {
		return ErrOwnerDied
	}
	return nil
}

const (
	spins  = 4  // rounds of looking before sleeping
	glance = 30 // looks in a round
)

var manyCores = runtime.NumCPU() > 1

// spin looks at the word for a moment, since most locks are held briefly.
func (m *Mutex) spin(a *attempt) bool {
	for range spins {
		if manyCores {
			for range glance {
				if atomic.LoadUint32(m.word)&(ownerMask|starved) == 0 {
					break
				}
			}
		}
		old := atomic.LoadUint32(m.word)
		if old&(doubt|starved) != 0 {
			return false
		}
		if word, what := a.next(old, false); what == take && atomic.CompareAndSwapUint32(m.word, old, word) {
			return true
		}
		runtime.Gosched()
	}
	return false
}

// satisfied takes a waiter that starved out of the count. The last one lets
// newcomers overtake again.
func (m *Mutex) satisfied() {
	if left := atomic.AddUint32(m.hungry, ^uint32(0)); left == 0 || left > maxHungry {
		m.calm()
	}
}

// calm ends the time in which newcomers queue up. The loop is bounded because
// a later unlock repeats it.
func (m *Mutex) calm() {
	atomic.StoreUint32(m.hungry, 0)
	for range 16 {
		old := atomic.LoadUint32(m.word)
		if old&starved == 0 || atomic.CompareAndSwapUint32(m.word, old, old&^starved) {
			return
		}
	}
}

// passOn hands a wake-up on that this waiter may have got and has no use for.
func (m *Mutex) passOn() {
	for {
		old := atomic.LoadUint32(m.word)
		if old&ownerMask == nobody {
			futex.Wake(m.word, 1)
			return
		}
		if old&waiting != 0 || atomic.CompareAndSwapUint32(m.word, old, old|waiting) {
			return
		}
	}
}

func (m *Mutex) unlockSlow() error {
	for {
		old := atomic.LoadUint32(m.word)
		if old&ownerMask != m.id {
			return m.notHeld(old)
		}
		word, wake := released(old)
		if !atomic.CompareAndSwapUint32(m.word, old, word) {
			continue
		}
		if wake && futex.Wake(m.word, 1) == 0 && word&starved != 0 && futex.Supported() {
			m.calm()
		}
		return nil
	}
}

// change swaps the word of a mutex this process holds.
func (m *Mutex) change(to func(old uint32) uint32) error {
	for {
		old := atomic.LoadUint32(m.word)
		if old&ownerMask != m.id {
			return m.notHeld(old)
		}
		if atomic.CompareAndSwapUint32(m.word, old, to(old)) {
			return nil
		}
	}
}

func (m *Mutex) notHeld(old uint32) error {
	if old&ownerMask == goneForGood {
		return ErrNotRecoverable
	}
	return ErrNotHeld
}

func (m *Mutex) wakeAll() { futex.Wake(m.word, futex.All) }
