package futex

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"
)

// With one processor, whoever else runs would wait for the runtime's monitor to take
// it from a sleeper, which sleeps itself, for up to 10 ms, when the program was idle.
// The figures are for people; that the other one runs first is the test.
func TestASleeperHoldsNoProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, ctx := range map[string]context.Context{"without a context": context.Background(), "with one": t.Context()} {
		var late []time.Duration
		var word uint32
		for range 30 {
			done := make(chan struct{})
			begun := make(chan time.Time, 1)
			go func() {
				time.Sleep(30 * time.Millisecond)
				begun <- time.Now()
				_ = Wait(ctx, &word, 0, 40*time.Millisecond)
				close(done)
			}()
			late = append(late, time.Since(<-begun))
			select {
			case <-done:
				t.Errorf("%s: the other one runs when the sleeper is done", name)
			default:
				<-done
			}
		}
		slices.Sort(late)
		t.Logf("%s: %v in the middle, %v at worst", name, late[len(late)/2], late[len(late)-1])
	}
}
