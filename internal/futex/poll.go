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
		var err error
		if nap, err = capped(min(2*nap, longNap), end); err != nil {
			return err
		}
		timer.Reset(nap)
	}
}
