package lock

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func heapSemaphore(t testing.TB, permits int) *Semaphore {
	t.Helper()
	s, err := SemaphoreAt(make([]byte, SemaphoreSize(permits)), permits, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSemaphoreNeverAdmitsTooMany(t *testing.T) {
	const permits = 3
	s, ctx := heapSemaphore(t, permits), deadline(t)
	var inside, most atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if err := s.Acquire(ctx); err != nil {
					t.Error(err)
					return
				}
				n := inside.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if i%100 == 0 {
					time.Sleep(100 * time.Microsecond)
				}
				inside.Add(-1)
				if err := s.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if most.Load() > permits {
		t.Fatalf("%d holders of %d permits", most.Load(), permits)
	}
	if s.Free() != permits {
		t.Fatalf("%d permits are free at the end, want %d", s.Free(), permits)
	}
}

func TestSemaphoreWaitEndsWithItsContext(t *testing.T) {
	s := heapSemaphore(t, 2)
	for range 2 {
		if ok, err := s.TryAcquire(); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if ok, err := s.TryAcquire(); ok || err != nil {
		t.Fatal(ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := s.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Release(); !errors.Is(err, ErrNotHeld) {
		t.Fatalf("Release without a permit: %v", err)
	}
}

func TestSemaphoreArguments(t *testing.T) {
	if SemaphoreSize(12) != 64 {
		t.Errorf("12 permits take %d bytes, want 64", SemaphoreSize(12))
	}
	mem := make([]byte, SemaphoreSize(20))
	if _, err := SemaphoreAt(mem, 20, nil); err != nil {
		t.Error(err)
	}
	for permits, mem := range map[int][]byte{0: mem, -1: mem, MaxPermits + 1: mem, 19: mem, 12: mem[:63]} {
		if _, err := SemaphoreAt(mem, permits, nil); err == nil {
			t.Errorf("%d permits in %d bytes are no error", permits, len(mem))
		}
	}
}
