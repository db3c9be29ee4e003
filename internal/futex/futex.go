package futex

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"
)

// ErrTimeout says that the timeout of a wait passed before a wake-up.
var ErrTimeout = errors.New("futex: timeout")

// All is the n for [Wake] that wakes every waiter.
const All = math.MaxInt32

// Wait sleeps while *addr holds old.
//
// It returns nil when it was woken, when *addr differs from old, or for no
// reason at all; [ErrTimeout] when timeout passed (a timeout of zero or less
// waits without limit); and ctx.Err() as soon as ctx is done. On Linux before
// 5.16, where a word cannot be awaited together with a cancellation, a
// cancelled wait returns within 5 ms.
//
// addr may lie in memory shared between processes, also in a mapping that can
// only be read. It must stay mapped until Wait returns. Any number of
// goroutines may wait on one word. Wait allocates only when ctx can be done.
func Wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if atomic.LoadUint32(addr) != old {
		return nil
	}
	return wait(ctx, addr, old, timeout)
}

// Wake wakes up to n goroutines, of any process, that wait on addr, and
// returns how many it woke. It never blocks. Where [Supported] is false it
// does nothing and returns 0: sleepers there look by themselves.
func Wake(addr *uint32, n int) int {
	if n <= 0 {
		return 0
	}
	return wake(addr, min(n, All))
}

// Supported says whether waits sleep in the kernel until they are woken. If it
// is false they poll.
func Supported() bool { return supported }

// until turns a timeout into a deadline; the zero time is none.
func until(timeout time.Duration) time.Time {
	if timeout <= 0 {
		return time.Time{}
	}
	return time.Now().Add(timeout)
}
