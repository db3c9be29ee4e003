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

// A wait on a word of others and one of ours ends by either, and with its context.
func TestWaitOrEndsByEither(t *testing.T) {
	if !Joint() {
		t.Skip("platform: waits sleep on one word")
	}
	for name, ctx := range map[string]context.Context{"none": context.Background(), "context": t.Context()} {
		t.Run(name, func(t *testing.T) {
			word, own := new(uint32), new(uint32)
			for _, move := range []func(){
				func() { atomic.AddUint32(word, 1); Wake(word, 1) },
				func() { Bump(own) },
			} {
				old, seen := atomic.LoadUint32(word), atomic.LoadUint32(own)
				done := make(chan error, 1)
				go func() {
					for atomic.LoadUint32(word) == old && atomic.LoadUint32(own) == seen {
						if err := WaitOr(ctx, word, old, own, seen, 0); err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
				time.Sleep(5 * time.Millisecond)
				move()
				receive(t, done, nil)
			}
		})
	}
	word, own := new(uint32), new(uint32)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			err = WaitOr(ctx, word, 0, own, atomic.LoadUint32(own), 0)
		}
		done <- err
	}()
	time.Sleep(5 * time.Millisecond)
	cancel()
	receive(t, done, context.Canceled)
	if *own != 0 {
		t.Error("the end of a context moved the word")
	}
	if err := WaitOr(context.Background(), word, 0, own, atomic.LoadUint32(own), time.Millisecond); err != nil && !errors.Is(err, ErrTimeout) {
		t.Errorf("%v, want ErrTimeout", err)
	}
}
