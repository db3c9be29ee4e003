package futex

import (
	"context"
	"runtime"
	"time"
)

const (
	yields   = 16
	firstNap = 20 * time.Microsecond
	longNap  = time.Millisecond
)

// poll looks at the words at growing intervals until one differs.
func poll(ctx context.Context, list []Waiter, timeout time.Duration) error {
	for range yields {
		if changed(list) >= 0 {
			return nil
		}
		runtime.Gosched()
	}
	end := until(timeout)
	nap := firstNap
	timer := time.NewTimer(nap)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		if changed(list) >= 0 {
			return nil
		}
		nap = min(2*nap, longNap)
		if !end.IsZero() {
			left := time.Until(end)
			if left <= 0 {
				return ErrTimeout
			}
			nap = min(nap, left)
		}
		timer.Reset(nap)
	}
}
