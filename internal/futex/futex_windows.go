package futex

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sys/windows"
)

// Sleepers look by themselves once in a tick, since a bell may be missed.
const supported = false

func wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	b, ok := bellOf(addr)
	if !ok {
		return poll(ctx, []Waiter{{addr, old}}, timeout)
	}
	defer b.close()
	handles := []windows.Handle{windows.Handle(b)}
	if ctx.Done() != nil {
		cancelled, err := windows.CreateEvent(nil, 1, 0, nil)
		if err != nil {
			return poll(ctx, []Waiter{{addr, old}}, timeout)
		}
		handles = append(handles, cancelled)
		told := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			_ = windows.SetEvent(cancelled)
			close(told)
		})
		defer func() {
			if !stop() {
				<-told
			}
			_ = windows.CloseHandle(cancelled)
		}()
	}
	for end := until(timeout); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !end.IsZero() && time.Until(end) <= 0 {
			return ErrTimeout
		}
		if atomic.LoadUint32(addr) != old {
			return nil
		}
		what, err := windows.WaitForMultipleObjects(handles, false, uint32(longNap/time.Millisecond))
		if err != nil {
			return poll(ctx, []Waiter{{addr, old}}, timeout)
		}
		if what == windows.WAIT_OBJECT_0 {
			return nil
		}
	}
}

func waitAny(ctx context.Context, list []Waiter, timeout time.Duration) error {
	if len(list) == 1 {
		return wait(ctx, list[0].Addr, list[0].Old, timeout)
	}
	return poll(ctx, list, timeout)
}

// wake rings for n sleepers, or more: there are not many, and who is woken for
// nothing sleeps again.
func wake(addr *uint32, n int) int {
	if b, ok := bellOf(addr); ok {
		b.ring(n)
		b.close()
	}
	return 0
}

func joint() bool { return false }

func waitOr(ctx context.Context, addr *uint32, old uint32, _ *uint32, _ uint32, timeout time.Duration) error {
	return wait(ctx, addr, old, timeout)
}

func wakeOwn(*uint32) {}
