package futex

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

func TestWaitAnyNamesTheWordThatChanged(t *testing.T) {
	for _, n := range []int{1, 2, 127, 128, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { waitAnyOf(t, n) })
	}
	t.Run("old kernel", func(t *testing.T) {
		withoutWaitv(t)
		waitAnyOf(t, 300)
	})
}

func waitAnyOf(t *testing.T, n int) {
	list := newWaiters(n)
	for _, i := range []int{0, n / 2, n - 1} {
		done := make(chan error, 1)
		go func() {
			for {
				got, err := WaitAny(t.Context(), list, patience)
				if err == nil && got < 0 {
					continue
				}
				if err == nil && got != i {
					err = fmt.Errorf("word %d changed, want %d", got, i)
				}
				done <- err
				return
			}
		}()
		time.Sleep(5 * time.Millisecond)
		atomic.AddUint32(list[i].Addr, 1)
		Wake(list[i].Addr, 1)
		receive(t, done, nil)
		list[i].Old++
	}
}

func TestWaitAnyEnds(t *testing.T) {
	for _, n := range []int{0, 3, 200} {
		list := newWaiters(n)
		if _, err := WaitAny(t.Context(), list, 5*time.Millisecond); err != nil && !errors.Is(err, ErrTimeout) {
			t.Errorf("%d words: %v, want ErrTimeout", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		for {
			if _, err := WaitAny(ctx, list, 0); err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d words: %v, want DeadlineExceeded", n, err)
				}
				break
			}
		}
		cancel()
	}
}

func newWaiters(n int) []Waiter {
	list := make([]Waiter, n)
	for i := range list {
		list[i].Addr = new(uint32)
	}
	return list
}
