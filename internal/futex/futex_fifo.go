//go:build darwin || freebsd || netbsd || openbsd || dragonfly || (linux && shmfifo)

package futex

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"
)

// Sleepers look by themselves once in a tick, since a bell may be missed.
const supported = false

func wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	b := bellOf(addr)
	if b == nil {
		return poll(ctx, []Waiter{{addr, old}}, timeout)
	}
	ear := b.listen()
	if ear == nil {
		return poll(ctx, []Waiter{{addr, old}}, timeout)
	}
	defer b.leave()
	if ctx.Done() != nil {
		// One that comes late ends a read of the next wait, which goes on.
		defer context.AfterFunc(ctx, func() { _ = ear.SetReadDeadline(past) })()
	}
	for end := until(timeout); ; {
		next := time.Now().Add(b.tick())
		if !end.IsZero() && end.Before(next) {
			next = end
		}
		_ = ear.SetReadDeadline(next)
		if err := ctx.Err(); err != nil {
			return err
		}
		if b.closed.Load() || atomic.LoadUint32(addr) != old {
			return nil
		}
		_, err := ear.Read(b.heard[:])
		if err == nil {
			b.rung()
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil // closed beside us
		}
		if atomic.LoadUint32(addr) != old {
			b.missed()
			return nil
		}
		if !end.IsZero() && !time.Now().Before(end) {
			return ErrTimeout
		}
	}
}

// waitAny has a goroutine in the runtime's poller at each bell, which holds neither
// a thread nor a processor of the scheduler.
func waitAny(ctx context.Context, list []Waiter, timeout time.Duration) error {
	if len(list) == 1 {
		return wait(ctx, list[0].Addr, list[0].Old, timeout)
	}
	var c chorus
	for i, w := range list {
		c.add(i, bellOf(w.Addr))
	}
	if len(c.bells) == 0 {
		return poll(ctx, list, timeout)
	}
	heard := c.listen()
	err := c.await(ctx, list, timeout, heard)
	c.leave(heard)
	return err
}

// wake rings the bell of the one sleeper.
func wake(addr *uint32, _ int) int {
	if b := bellOf(addr); b != nil {
		b.ring()
	}
	return 0
}

// chorus are the bells of one waitAny.
type chorus struct {
	bells []*bell
	ears  []*os.File
	of    []int // the word a bell is of
	over  int   // readings that are known to have ended
}

func (c *chorus) add(i int, b *bell) {
	if b == nil {
		return
	}
	if ear := b.listen(); ear != nil {
		c.bells, c.ears, c.of = append(c.bells, b), append(c.ears, ear), append(c.of, i)
	}
}

// listen reads all bells. What it returns gets a value for each whose reading ended.
func (c *chorus) listen() <-chan struct{} {
	ended := make(chan struct{}, len(c.ears))
	for i, ear := range c.ears {
		_ = ear.SetReadDeadline(time.Time{})
		go func() {
			if _, err := ear.Read(c.bells[i].heard[:]); err == nil {
				c.bells[i].rung()
			}
			ended <- struct{}{}
		}()
	}
	return ended
}

// leave ends all readings.
func (c *chorus) leave(ended <-chan struct{}) {
	for _, ear := range c.ears {
		_ = ear.SetReadDeadline(past)
	}
	for range cap(ended) - c.over {
		<-ended
	}
	for _, b := range c.bells {
		b.leave()
	}
}

// await returns when a reading ended, and looks at the words at each tick.
func (c *chorus) await(ctx context.Context, list []Waiter, timeout time.Duration, ended <-chan struct{}) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	end := until(timeout)
	for first := true; ; first = false {
		if i := changed(list); i >= 0 {
			if !first {
				c.missed(i)
			}
			return nil
		}
		nap, err := capped(c.tick(len(list)), end)
		if err != nil {
			return err
		}
		timer.Reset(nap)
		select {
		case <-ended:
			c.over++
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// tick is that of the worst bell, or of none.
func (c *chorus) tick(words int) time.Duration {
	if len(c.bells) < words {
		return longNap
	}
	least := time.Duration(tick.Load())
	for _, b := range c.bells {
		least = min(least, b.tick())
	}
	return least
}

func (c *chorus) missed(word int) {
	for i, w := range c.of {
		if w == word {
			c.bells[i].missed()
		}
	}
}

func waitOr(ctx context.Context, addr *uint32, old uint32, _ *uint32, _ uint32, timeout time.Duration) error {
	return wait(ctx, addr, old, timeout)
}

func wakeOwn(*uint32) {}

func joint() bool { return false }
