package lock

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// kernelLock is a lock the kernel keeps for a file: taken, converted and freed
// without blocking.
type kernelLock interface {
	try(exclusive bool) (bool, error)
	// convert changes what is held. If it cannot, kept says whether the old
	// lock is still there.
	convert(exclusive bool) (ok, kept bool, err error)
	free() error
}

// advisory makes of a kernel lock one that the goroutines of a process share:
// the gate orders them, and the first reader in takes the kernel's shared lock
// for all of them.
type advisory struct {
	gate   gate
	kernel kernelLock
	turn   chan struct{} // held while the kernel's lock is taken or freed
	held   atomic.Int64  // goroutines inside; changed under turn
	asleep atomic.Bool   // who has the turn waits for another process
	sync   happensBefore
	counters
}

const (
	firstPoll = 50 * time.Microsecond
	lastPoll  = 10 * time.Millisecond
)

// init prepares a lock on the file called name.
func (a *advisory) init(k kernelLock, name string) {
	a.kernel, a.turn = k, make(chan struct{}, 1)
	a.sync.of(name)
}

func (a *advisory) lock(ctx context.Context, exclusive bool) error {
	if ok, err := a.tryLock(exclusive); ok || err != nil {
		return err
	}
	w := wait{time.Now()}
	err := a.contend(ctx, exclusive)
	a.ended(&w, err)
	if err == nil {
		a.took(nil)
	}
	return err
}

func (a *advisory) contend(ctx context.Context, exclusive bool) error {
	if err := a.gate.enter(ctx, exclusive); err != nil {
		return err
	}
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		a.gate.leave()
		return ctx.Err()
	}
	defer func() { <-a.turn }()
	if a.held.Load() == 0 {
		err := a.poll(ctx, func() (bool, error) { return a.kernel.try(exclusive) })
		if err != nil {
			a.gate.leave()
			return err
		}
	}
	a.held.Add(1)
	a.sync.acquire()
	return nil
}

func (a *advisory) tryLock(exclusive bool) (bool, error) {
	if !a.gate.tryEnter(exclusive) {
		return false, nil
	}
	if !a.tryTurn() {
		a.gate.leave()
		return false, nil
	}
	defer func() { <-a.turn }()
	if a.held.Load() == 0 {
		if ok, err := a.kernel.try(exclusive); !ok || err != nil {
			a.gate.leave()
			return false, err
		}
	}
	a.held.Add(1)
	a.sync.acquire()
	a.took(nil)
	return true, nil
}

// tryTurn waits for the turn unless its holder waits for another process.
func (a *advisory) tryTurn() bool {
	for {
		select {
		case a.turn <- struct{}{}:
			return true
		default:
		}
		if a.asleep.Load() {
			return false
		}
		time.Sleep(firstPoll)
	}
}

// holding takes the turn if anybody is inside.
func (a *advisory) holding() bool {
	if a.held.Load() == 0 {
		return false
	}
	a.turn <- struct{}{}
	if a.held.Load() == 0 {
		<-a.turn
		return false
	}
	return true
}

func (a *advisory) unlock() error {
	if !a.holding() {
		return ErrNotHeld
	}
	defer func() { <-a.turn }()
	a.sync.release()
	if a.held.Load() == 1 {
		if err := a.kernel.free(); err != nil {
			return err
		}
	}
	a.held.Add(-1)
	a.gate.leave()
	return nil
}

// poll tries until it succeeds, fails or ctx is done, at growing intervals
// that differ from process to process.
func (a *advisory) poll(ctx context.Context, try func() (bool, error)) error {
	if ok, err := try(); ok || err != nil {
		return err
	}
	a.asleep.Store(true)
	defer a.asleep.Store(false)
	nap := firstPoll
	timer := time.NewTimer(nap)
	defer timer.Stop()
	for {
		timer.Reset(nap/2 + rand.N(nap))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		if ok, err := try(); ok || err != nil {
			return err
		}
		nap = min(nap*3/2, lastPoll)
	}
}
