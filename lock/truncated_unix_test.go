//go:build linux || darwin

package lock

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/absfs/shmkit/sigbus"
)

// TestTruncatedMemoryIsAnErrorOfEveryLock takes the memory of each lock away, from
// a waiter in its sleep and from calls that come later: all of them end with an
// error, and none hangs.
func TestTruncatedMemoryIsAnErrorOfEveryLock(t *testing.T) {
	for _, kind := range []string{"Mutex", "RWMutex", "Semaphore"} {
		t.Run(kind, func(t *testing.T) {
			path := newFile(t)
			holder, s := attached(t, path), attached(t, path)
			first, err := exclusiveLocks[kind](path, holder)
			if err != nil {
				t.Fatal(err)
			}
			l, err := exclusiveLocks[kind](path, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := first.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
			waiter := make(chan error)
			go func() {
				waiter <- l.Lock(deadline(t))
			}()
			time.Sleep(10 * time.Millisecond)
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
			want := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, sigbus.ErrFault) {
					t.Errorf("%s: %v, want a fault", what, err)
				}
			}
			want("the waiter", <-waiter)
			for range 2 { // nothing is left locked inside the handle
				want("Lock", l.Lock(context.Background()))
				_, err := l.TryLock()
				want("TryLock", err)
				want("Unlock", first.Unlock())
				if rw, ok := l.(*RWMutex); ok {
					want("RLock", rw.RLock(context.Background()))
				}
			}
		})
	}
}
