package futex

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/sysx"
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
// only be read. It must stay mapped until Wait returns; where its file was cut off
// Wait faults, as a load does. Any number of
// goroutines may wait on one word. On Linux Wait allocates only when ctx can be
// done.
func Wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if atomic.LoadUint32(addr) != old {
		return nil
	}
	return missing(wait(ctx, addr, old, timeout), addr)
}

// missing makes a fault of a wait on memory that is gone, which the kernel calls
// a bad address: whoever guards the other accesses to the word gets one error
// for both. A word that is back by then is looked at again, a little later.
func missing(err error, addr *uint32) error {
	if !errors.Is(err, sysx.EFAULT) {
		return err
	}
	atomic.LoadUint32(addr)
	time.Sleep(retry)
	return nil
}

const retry = time.Millisecond

// Waiter is one of the words of a [WaitAny] and the value it has while there is
// nothing to do.
type Waiter struct {
	Addr *uint32
	Old  uint32
}

// WaitAny sleeps while every word holds its old value. It returns the index of
// a word that differs, or -1 if it was woken without one; errors and everything
// else are as with [Wait]. The kernel takes 127 words at a time: more than that
// are awaited by one goroutine and thread for each 127. On kernels without
// futex_waitv the words are polled, at least once in a millisecond; where words have
// bells a goroutine sleeps at each. An empty
// list waits for the timeout or ctx.
func WaitAny(ctx context.Context, list []Waiter, timeout time.Duration) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, err
	}
	if i := changed(list); i >= 0 {
		return i, nil
	}
	err := waitAny(ctx, list, timeout)
	if errors.Is(err, sysx.EFAULT) { // changed touches them all
		time.Sleep(retry)
		err = nil
	}
	if err != nil {
		return -1, err
	}
	return changed(list), nil
}

// changed is the index of a word that differs from its old value, or -1.
func changed(list []Waiter) int {
	for i, w := range list {
		if atomic.LoadUint32(w.Addr) != w.Old {
			return i
		}
	}
	return -1
}

// Wake wakes up to n goroutines, of any process, that wait on addr, and
// returns how many it woke. It never blocks. Where [Supported] is false it
// returns 0: sleepers there look by themselves, though where they have a bell a
// wake-up makes them look at once.
func Wake(addr *uint32, n int) int {
	if n <= 0 {
		return 0
	}
	return wake(addr, min(n, All))
}

// Supported says whether waits sleep in the kernel until they are woken. If it
// is false they look at their word by themselves, too.
func Supported() bool { return supported }

// Joint says whether [WaitAny] and [WaitOr] sleep in the kernel on several words.
func Joint() bool { return joint() }

// WaitOr is [Wait] that ends as well when own differs from seen, a word of this
// process on its heap that [Bump] moves. Where [Joint] is false own is not slept on.
func WaitOr(ctx context.Context, addr *uint32, old uint32, own *uint32, seen uint32, timeout time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if atomic.LoadUint32(addr) != old || atomic.LoadUint32(own) != seen {
		return nil
	}
	return missing(waitOr(ctx, addr, old, own, seen, timeout), addr)
}

// Bump moves own and ends the [WaitOr] that sleeps on it.
func Bump(own *uint32) {
	atomic.AddUint32(own, 1)
	wakeOwn(own)
}

// until turns a timeout into a deadline; the zero time is none.
func until(timeout time.Duration) time.Time {
	if timeout <= 0 {
		return time.Time{}
	}
	return time.Now().Add(timeout)
}

// capped returns how long to wait of nap before end, of which the zero time is never;
// [ErrTimeout] when it has come.
func capped(nap time.Duration, end time.Time) (time.Duration, error) {
	if end.IsZero() {
		return nap, nil
	}
	left := time.Until(end)
	if left <= 0 {
		return 0, ErrTimeout
	}
	return min(nap, left), nil
}
