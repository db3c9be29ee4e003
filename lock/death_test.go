package lock

import (
	"errors"
	"testing"
	"time"
)

func TestDeadOwnersMutexGoesToTheNext(t *testing.T) {
	needsDeath(t)
	path := newFile(t)
	s := attached(t, path)
	m, err := MutexAt(s.mem[atLock:], s.owner)
	if err != nil {
		t.Fatal(err)
	}
	ctx := deadline(t)
	holder := spawn(t, "hold", path, "Mutex")
	holder.hears(t, "held")
	if ok, err := m.TryLock(); ok || err != nil {
		t.Fatal("TryLock of a living owner's mutex:", ok, err)
	}
	waiter := make(chan error)
	go func() { waiter <- m.Lock(ctx) }()
	time.Sleep(5 * time.Millisecond)
	start := time.Now()
	holder.killed(t)
	if err := <-waiter; !errors.Is(err, ErrOwnerDied) {
		t.Fatalf("Lock = %v, want ErrOwnerDied", err)
	}
	t.Logf("noticed after %v", time.Since(start))
	if err := m.Unlock(); err != nil {
		t.Fatal(err)
	}
	if ok, err := m.TryLock(); !ok || !errors.Is(err, ErrOwnerDied) {
		t.Fatalf("TryLock after an Unlock without Recover = %v, %v, want ErrOwnerDied", ok, err)
	}
	if err := m.Recover(); err != nil {
		t.Fatal(err)
	}
	if err := m.Unlock(); err != nil {
		t.Fatal(err)
	}
	if ok, err := m.TryLock(); !ok || err != nil {
		t.Fatalf("TryLock after Recover = %v, %v", ok, err)
	}
}
