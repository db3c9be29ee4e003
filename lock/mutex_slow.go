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

// lockSlow is Lock of a mutex that is not free.
func (m *Mutex) lockSlow(ctx context.Context) error {
	var w wait
	err := m.lockAs(ctx, 0, &w)
	m.ended(&w, err)
	if held(err) {
		m.got(err)
	}
	return err
}

// lockAs takes the lock for a purpose: light for what only queues, 0 for what
// may change the data. w learns when the waiting began.
func (m *Mutex) lockAs(ctx context.Context, kind uint32, w *wait) error {
	if atomic.CompareAndSwapUint32(m.word, nobody, m.id|kind) {
		return nil
	}
	a := attempt{id: m.id, light: kind}
	if m.spin(&a) {
		return nil
	}
	err := m.contend(ctx, &a, w)
	if a.starving {
		m.satisfied()
	}
	if !held(err) && a.slept {
		m.passOn()
	}
	return err
}

// contend runs the attempt until it ends.
func (m *Mutex) contend(ctx context.Context, a *attempt, w *wait) error {
	timedOut, before := false, uint32(0)
	for {
		old := atomic.LoadUint32(m.word)
		word, what := a.next(old, timedOut && m.owner.dead(old&ownerMask))
		switch what {
		case refuse:
			return ErrNotRecoverable
		case take:
			if atomic.CompareAndSwapUint32(m.word, old, word) {
				if timedOut && unwanted(before, old) {
					m.forget()
				}
				return warning(word)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if what == take || word != old && !atomic.CompareAndSwapUint32(m.word, old, word) {
			continue
		}
		w.begin()
		nap := checkup
		if !a.starving {
			nap = patience
		}
		err := futex.Wait(ctx, m.word, word, nap)
		a.slept, before = true, word
		timedOut = err == futex.ErrTimeout
		if err != nil && !timedOut {
			return err
		}
		if !a.starving && time.Since(w.start) >= patience {
			a.starving = true
			atomic.AddUint32(m.hungry, 1)
		}
	}
}

// try makes an attempt without sleeping.
func (m *Mutex) try(kind uint32) (bool, error) {
	a := attempt{id: m.id, light: kind}
	for {
		old := atomic.LoadUint32(m.word)
		switch word, what := a.next(old, m.owner.dead(old&ownerMask)); what {
		case refuse:
			return false, ErrNotRecoverable
		case queue:
			return false, nil
		default:
			if atomic.CompareAndSwapUint32(m.word, old, word) {
				return true, warning(word)
			}
		}
	}
}

// touch turns a light hold into one whose death leaves doubt.
func (m *Mutex) touch() {
	_ = m.change(func(old uint32) uint32 { return old &^ light })
}

// release gives the lock back, however it was taken.
func (m *Mutex) release() error {
	if atomic.CompareAndSwapUint32(m.word, m.id|light, nobody) {
		return nil
	}
	return m.unlockSlow()
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
	switch left := atomic.AddUint32(m.hungry, ^uint32(0)); {
	case left > maxHungry:
		m.forget()
	case left == 0:
		m.calm()
	}
}

// forget drops a count that cannot be right: those who were counted are dead.
func (m *Mutex) forget() {
	atomic.StoreUint32(m.hungry, 0)
	m.calm()
}

// calm ends the time in which newcomers queue up, unless somebody began to
// starve meanwhile.
func (m *Mutex) calm() {
	m.mark(func(old uint32) uint32 { return old &^ starved })
	if atomic.LoadUint32(m.hungry) != 0 {
		m.mark(alarmed)
	}
}

// mark changes flags of the word, whoever owns it.
func (m *Mutex) mark(to func(old uint32) uint32) {
	for {
		old := atomic.LoadUint32(m.word)
		if word := to(old); word == old || atomic.CompareAndSwapUint32(m.word, old, word) {
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
		if wake {
			futex.Wake(m.word, 1)
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
