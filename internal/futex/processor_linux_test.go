//go:build !shmfifo

package futex

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// With one processor, whoever else could run would wait for the runtime's monitor to
// take it from the sleeper, and the monitor looks seldom after some milliseconds in
// which it found nothing to do. A machine that is busy may let a sleep or two pass
// before the other one gets its turn: most of the sleeps decide, not each.
func TestASleeperHoldsNoProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const sleeps = 40
	for name, ctx := range map[string]context.Context{"without a context": context.Background(), "with one": t.Context()} {
		var asleep atomic.Bool
		var word uint32
		other, beside := make(chan bool, 1), make(chan bool)
		go func() {
			for range other {
				beside <- asleep.Load()
			}
		}()
		n := 0
		for range sleeps {
			for begin := time.Now(); time.Since(begin) < 7*time.Millisecond; { // the monitor grows lazy
			}
			other <- true
			asleep.Store(true)
			_ = Wait(ctx, &word, 0, 3*time.Millisecond)
			asleep.Store(false)
			if <-beside {
				n++
			}
		}
		close(other)
		t.Logf("%s: the other one ran beside %d of %d sleeps", name, n, sleeps)
		if n <= sleeps/2 {
			t.Errorf("%s: the other one ran when the sleeper was done", name)
		}
	}
}
