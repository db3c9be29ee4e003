package futex

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

func TestWaitReturnsWhenTheWordDiffers(t *testing.T) {
	word := new(uint32)
	if err := Wait(t.Context(), word, 1, 0); err != nil {
		t.Fatal(err)
	}
}

func TestWaitEndsAtTheTimeout(t *testing.T) {
	word := new(uint32)
	for name, ctx := range map[string]context.Context{"plain": context.Background(), "cancellable": t.Context()} {
		t.Run(name, func(t *testing.T) {
			end := time.Now().Add(30 * time.Millisecond)
			for {
				left := time.Until(end)
				if left <= 0 {
					t.Skip("kernel: every wait was interrupted: nothing to see")
				}
				err := Wait(ctx, word, 0, left)
				if err == nil {
					continue
				}
				if !errors.Is(err, ErrTimeout) {
					t.Fatalf("Wait = %v, want ErrTimeout", err)
				}
				if early := time.Until(end); early > 0 {
					t.Fatalf("timed out %v early", early)
				}
				return
			}
		})
	}
}

func TestWakeEndsAWait(t *testing.T) {
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"plain": context.Background(), "cancellable": cancellable} {
		t.Run(name, func(t *testing.T) {
			word := new(uint32)
			done := make(chan error, 1)
			go func() {
				for atomic.LoadUint32(word) == 0 {
					if err := Wait(ctx, word, 0, 0); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			time.Sleep(5 * time.Millisecond)
			atomic.StoreUint32(word, 1)
			Wake(word, 1)
			receive(t, done, nil)
		})
	}
}

func TestCancelEndsAWait(t *testing.T) {
	t.Run("kernel", cancelEndsAWait)
	t.Run("old kernel", func(t *testing.T) {
		withoutWaitv(t)
		cancelEndsAWait(t)
	})
}

func cancelEndsAWait(t *testing.T) {
	word := new(uint32)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		for {
			if err := Wait(ctx, word, 0, 0); err != nil {
				done <- err
				return
			}
		}
	}()
	time.Sleep(5 * time.Millisecond)
	cancel()
	receive(t, done, context.Canceled)
	if err := Wait(ctx, word, 0, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("Wait after cancel = %v", err)
	}
}

func TestWaitHoldsNoProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	word := new(uint32)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for atomic.LoadUint32(word) == 0 {
				_ = Wait(context.Background(), word, 0, 0)
			}
		})
	}
	done := make(chan error, 1)
	go func() { wg.Wait(); done <- nil }()
	time.Sleep(20 * time.Millisecond)
	atomic.StoreUint32(word, 1)
	Wake(word, All)
	receive(t, done, nil)
}

// TestNoWakeUpIsLost hands a token to and fro with waits that have no timeout:
// one lost wake-up hangs it.
func TestNoWakeUpIsLost(t *testing.T) {
	t.Run("kernel", noWakeUpIsLost)
	t.Run("old kernel", func(t *testing.T) {
		withoutWaitv(t)
		noWakeUpIsLost(t)
	})
}

func noWakeUpIsLost(t *testing.T) {
	const rounds = 2000
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	word := new(uint32)
	done := make(chan error, 2)
	for side := range uint32(2) {
		go func() {
			for i := range uint32(rounds) {
				want := 2*i + side
				for {
					v := atomic.LoadUint32(word)
					if v == want {
						break
					}
					if err := Wait(ctx, word, v, 0); err != nil {
						done <- err
						return
					}
				}
				atomic.StoreUint32(word, want+1)
				Wake(word, 1)
			}
			done <- nil
		}()
	}
	receive(t, done, nil)
	receive(t, done, nil)
}

func TestWakeCountsWhomItWoke(t *testing.T) {
	if !Supported() {
		t.Skip("platform: waits poll on this platform")
	}
	word := new(uint32)
	if n := Wake(word, All); n != 0 {
		t.Fatalf("woke %d with nobody asleep", n)
	}
	if n := Wake(word, -1); n != 0 {
		t.Fatalf("Wake(-1) = %d", n)
	}
}

func receive(t *testing.T, done <-chan error, want error) {
	t.Helper()
	select {
	case err := <-done:
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	case <-time.After(patience):
		t.Fatal("still waiting")
	}
}
