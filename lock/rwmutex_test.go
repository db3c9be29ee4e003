package lock

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func init() {
	roles["hold rlock"] = func(path string, _ []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		rw, err := RWMutexAt(s.mem[atLock:], s.owner)
		if err != nil {
			return err
		}
		if err := rw.RLock(context.Background()); err != nil {
			return err
		}
		say("held")
		time.Sleep(within)
		return nil
	}
}

func heapRWMutex(t testing.TB) *RWMutex {
	t.Helper()
	rw, err := RWMutexAt(make([]byte, RWMutexSize), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rw
}

func TestRWMutexReadersShareWritersExclude(t *testing.T) {
	mem := make([]byte, RWMutexSize)
	var rw [2]*RWMutex
	for i := range rw {
		var err error
		if rw[i], err = RWMutexAt(mem, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx := deadline(t)
	want := func(got bool, err error) func(bool) {
		return func(want bool) {
			t.Helper()
			if got != want || err != nil {
				t.Fatalf("got %v, %v, want %v", got, err, want)
			}
		}
	}
	for _, r := range rw {
		for range 2 {
			if err := r.RLock(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	want(rw[0].TryLock())(false)
	for _, r := range rw {
		want(rw[0].TryLock())(false)
		for range 2 {
			if err := r.RUnlock(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := rw[0].RUnlock(); !errors.Is(err, ErrNotHeld) {
		t.Fatalf("RUnlock of a free lock: %v", err)
	}
	want(rw[0].TryLock())(true)
	want(rw[1].TryRLock())(false)
	want(rw[0].TryRLock())(false)
	if err := rw[0].Unlock(); err != nil {
		t.Fatal(err)
	}
	want(rw[1].TryRLock())(true)
}

func TestRWMutexIsConsistentUnderLoad(t *testing.T) {
	mem := make([]byte, RWMutexSize)
	ctx := deadline(t)
	var a, b int
	var wg sync.WaitGroup
	for range 3 {
		rw, err := RWMutexAt(mem, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			wg.Go(func() {
				for range 2000 {
					if i == 0 {
						if err := rw.Lock(ctx); err != nil {
							t.Error(err)
							return
						}
						a++
						b++
						_ = rw.Unlock()
						continue
					}
					if err := rw.RLock(ctx); err != nil {
						t.Error(err)
						return
					}
					if a != b {
						t.Errorf("a reader saw %d and %d", a, b)
					}
					_ = rw.RUnlock()
				}
			})
		}
	}
	wg.Wait()
	if a != 6000 {
		t.Fatalf("a = %d, want 6000", a)
	}
}

func TestWriterIsNotStarvedByReaders(t *testing.T) {
	rw, ctx := heapRWMutex(t), deadline(t)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				if err := rw.RLock(ctx); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(50 * time.Microsecond)
				_ = rw.RUnlock()
			}
		})
	}
	for range 20 {
		if err := rw.Lock(ctx); err != nil {
			t.Error(err)
			break
		}
		_ = rw.Unlock()
	}
	stop.Store(true)
	wg.Wait()
}

func TestOneReaderTooManyWaitsForASeat(t *testing.T) {
	mem := make([]byte, RWMutexSize)
	var all [MaxReaders + 1]*RWMutex
	for i := range all {
		var err error
		if all[i], err = RWMutexAt(mem, nil); err != nil {
			t.Fatal(err)
		}
		if i == MaxReaders {
			break
		}
		if ok, err := all[i].TryRLock(); !ok || err != nil {
			t.Fatal(i, ok, err)
		}
	}
	last := all[MaxReaders]
	if ok, err := last.TryRLock(); ok || err != nil {
		t.Fatal("one too many:", ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := last.RLock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- last.RLock(deadline(t)) }()
	time.Sleep(3 * time.Millisecond)
	if err := all[5].RUnlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestDeadReaderLeavesNoDoubt(t *testing.T) {
	needsDeath(t)
	path := newFile(t)
	s := attached(t, path)
	rw, err := RWMutexAt(s.mem[atLock:], s.owner)
	if err != nil {
		t.Fatal(err)
	}
	reader := spawn(t, "hold rlock", path)
	reader.hears(t, "held")
	if ok, err := rw.TryLock(); ok || err != nil {
		t.Fatal("TryLock beside a reader:", ok, err)
	}
	writer := make(chan error)
	go func() { writer <- rw.Lock(deadline(t)) }()
	time.Sleep(5 * time.Millisecond)
	reader.killed(t)
	if err := <-writer; err != nil {
		t.Fatalf("Lock = %v after a reader died", err)
	}
}

func TestReaderOfADeadWritersDataIsWarned(t *testing.T) {
	needsDeath(t)
	path := newFile(t)
	s := attached(t, path)
	rw, err := RWMutexAt(s.mem[atLock:], s.owner)
	if err != nil {
		t.Fatal(err)
	}
	writer := spawn(t, "hold", path, "RWMutex")
	writer.hears(t, "held")
	writer.killed(t)
	for range 2 {
		if err := rw.RLock(deadline(t)); !errors.Is(err, ErrOwnerDied) {
			t.Fatalf("RLock = %v, want ErrOwnerDied", err)
		}
		if err := rw.RUnlock(); !errors.Is(err, ErrNotHeld) {
			t.Fatalf("RUnlock = %v: a warned reader holds the lock", err)
		}
	}
	if ok, err := rw.TryRLock(); ok || !errors.Is(err, ErrOwnerDied) {
		t.Fatalf("TryRLock = %v, %v", ok, err)
	}
	if ok, err := rw.TryLock(); !ok || !errors.Is(err, ErrOwnerDied) {
		t.Fatalf("TryLock = %v, %v", ok, err)
	}
	if err := rw.Recover(); err != nil {
		t.Fatal(err)
	}
	if err := rw.Unlock(); err != nil {
		t.Fatal(err)
	}
	if ok, err := rw.TryRLock(); !ok || err != nil {
		t.Fatalf("TryRLock after Recover = %v, %v", ok, err)
	}
}
