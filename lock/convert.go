package lock

import (
	"context"
	"fmt"
)

// upgrade turns the caller's shared lock into an exclusive one.
func (a *advisory) upgrade(ctx context.Context) error {
	if a.held.Load() == 0 {
		return ErrNotHeld
	}
	if a.gate.exclusive() {
		return nil
	}
	if err := a.gate.upgrade(ctx); err != nil {
		return err
	}
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	kept := true
	err := a.poll(ctx, func() (ok bool, err error) {
		if !kept {
			return a.kernel.try(true)
		}
		ok, kept, err = a.kernel.convert(true)
		return ok, err
	})
	if err == nil {
		a.sync.acquire()
		return nil
	}
	if kept {
		a.gate.downgrade()
		return err
	}
	return a.lost(err)
}

// downgrade turns the caller's exclusive lock into a shared one.
func (a *advisory) downgrade() error {
	if !a.holding() {
		return ErrNotHeld
	}
	defer func() { <-a.turn }()
	if !a.gate.exclusive() {
		return nil
	}
	a.sync.release()
	ok, kept, err := a.kernel.convert(false)
	if ok {
		a.gate.downgrade()
		return nil
	}
	if kept {
		return err
	}
	return a.lost(err)
}

// lost books that the kernel's lock is gone.
func (a *advisory) lost(cause error) error {
	a.held.Store(0)
	a.gate.leave()
	if cause == nil {
		return ErrLockLost
	}
	return fmt.Errorf("%w: %w", ErrLockLost, cause)
}
