//go:build darwin || freebsd || netbsd || openbsd || dragonfly || (linux && shmfifo)

package futex

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
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

// waitAny sleeps in poll(2), in a thread, on the bells of all words.
func waitAny(ctx context.Context, list []Waiter, timeout time.Duration) error {
	if len(list) == 1 {
		return wait(ctx, list[0].Addr, list[0].Old, timeout)
	}
	var c chorus
	defer c.leave()
	for i, w := range list {
		c.add(i, bellOf(w.Addr))
	}
	if len(c.bells) == 0 {
		return poll(ctx, list, timeout)
	}
	if ctx.Done() != nil {
		stop, err := c.until(ctx)
		if err != nil {
			return poll(ctx, list, timeout)
		}
		defer stop()
	}
	for end := until(timeout); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i := changed(list); i >= 0 {
			return nil
		}
		nap := min(c.tick(len(list)), time.Hour)
		if !end.IsZero() {
			left := time.Until(end)
			if left <= 0 {
				return ErrTimeout
			}
			nap = min(nap, left)
		}
		n, err := unix.Poll(c.fds, int((nap+time.Millisecond-1)/time.Millisecond))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return os.NewSyscallError("poll", err)
		case n > 0 && c.hear():
			return nil
		case n == 0:
			if i := changed(list); i >= 0 {
				c.missed(i)
				return nil
			}
		}
	}
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
	of    []int // the word a bell is of
	fds   []unix.PollFd
}

func (c *chorus) add(i int, b *bell) {
	if b == nil || b.listen() == nil {
		return
	}
	c.bells, c.of = append(c.bells, b), append(c.of, i)
	c.fds = append(c.fds, unix.PollFd{Fd: int32(b.fd), Events: unix.POLLIN})
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

// until has ctx end a poll.
func (c *chorus) until(ctx context.Context) (stop func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.fds = append(c.fds, unix.PollFd{Fd: int32(r.Fd()), Events: unix.POLLIN})
	told := make(chan struct{})
	undo := context.AfterFunc(ctx, func() {
		_ = w.Close()
		close(told)
	})
	return func() {
		if undo() {
			_ = w.Close()
		} else {
			<-told
		}
		_ = r.Close()
	}, nil
}

// hear takes the rings and says whether there were any.
func (c *chorus) hear() (any bool) {
	for i, b := range c.bells {
		if c.fds[i].Revents != 0 {
			if n, err := unix.Read(b.fd, b.heard[:]); n > 0 && err == nil {
				b.rung()
				any = true
			}
		}
	}
	return any
}

func (c *chorus) missed(word int) {
	for i, w := range c.of {
		if w == word {
			c.bells[i].missed()
		}
	}
}

func (c *chorus) leave() {
	for _, b := range c.bells {
		b.leave()
	}
}

func joint() bool { return false }

func waitOr(ctx context.Context, addr *uint32, old uint32, _ *uint32, _ uint32, timeout time.Duration) error {
	return wait(ctx, addr, old, timeout)
}

func wakeOwn(*uint32) {}
