package lock

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func heapMutex(t testing.TB) *Mutex {
	t.Helper()
	m, err := MutexAt(make([]byte, MutexSize), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMutexExcludesGoroutines(t *testing.T) {
	m, ctx := heapMutex(t), deadline(t)
	const each, workers = 5000, 8
	sum := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := m.Lock(ctx); err != nil {
					t.Error(err)
					return
				}
				sum++
				if err := m.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if sum != each*workers {
		t.Fatalf("sum = %d, want %d", sum, each*workers)
	}
	if s := m.Stats(); s.Acquisitions != each*workers || s.OwnerDeaths != 0 {
		t.Fatalf("Stats = %+v", s)
	}
}

func TestMutexMisuseIsAnError(t *testing.T) {
	m := heapMutex(t)
	if err := m.Unlock(); !errors.Is(err, ErrNotHeld) {
		t.Errorf("Unlock of a free mutex: %v", err)
	}
	if err := m.Recover(); !errors.Is(err, ErrNotHeld) {
		t.Errorf("Recover of a free mutex: %v", err)
	}
	if err := m.Abandon(); !errors.Is(err, ErrNotHeld) {
		t.Errorf("Abandon of a free mutex: %v", err)
	}
	if _, err := MutexAt(make([]byte, 7), nil); err == nil {
		t.Error("a mutex fits in 7 bytes")
	}
	if _, err := MutexAt(make([]byte, 64)[1:], nil); err == nil {
		t.Error("a mutex may be unaligned")
	}
	if _, err := MutexAt(nil, nil); err == nil {
		t.Error("a mutex needs no memory")
	}
}

func TestMutexWaitEndsWithItsContext(t *testing.T) {
	m := heapMutex(t)
	if ok, err := m.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := m.TryLock(); ok || err != nil {
		t.Fatal("TryLock of a held mutex:", ok, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiter := make(chan error)
	go func() { waiter <- m.Lock(ctx) }()
	for atomic.LoadUint32(m.word)&waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-waiter; !errors.Is(err, context.Canceled) {
		t.Fatalf("Lock = %v, want Canceled", err)
	}
	if err := m.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := m.Lock(ctx); err != nil {
		t.Fatalf("a done context keeps Lock from a free mutex: %v", err)
	}
	if s := m.Stats(); s.Cancelled != 1 || s.Waits != 1 || s.Wait.Count() != 1 {
		t.Fatalf("Stats = %+v", s)
	}
}

func TestAbandonedMutexIsNotRecoverable(t *testing.T) {
	m := heapMutex(t)
	if err := m.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiter := make(chan error)
	go func() { waiter <- m.Lock(t.Context()) }()
	time.Sleep(2 * time.Millisecond)
	if err := m.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiter; !errors.Is(err, ErrNotRecoverable) {
		t.Errorf("waiter: %v", err)
	}
	if _, err := m.TryLock(); !errors.Is(err, ErrNotRecoverable) {
		t.Errorf("TryLock: %v", err)
	}
	if err := m.Unlock(); !errors.Is(err, ErrNotRecoverable) {
		t.Errorf("Unlock: %v", err)
	}
}
