//go:build !linux

package futex

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

const supported = false

const (
	yields   = 16
	firstNap = 20 * time.Microsecond
	longNap  = time.Millisecond
)

func wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	for range yields {
		if atomic.LoadUint32(addr) != old {
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
		if atomic.LoadUint32(addr) != old {
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

func wake(*uint32, int) int { return 0 }
