package lock

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestOwnerIsDeadWhenClosed(t *testing.T) {
	needsDeath(t)
	path := newFile(t)
	a, b := attached(t, path), attached(t, path)
	if a.owner.id == b.owner.id {
		t.Fatal("two owners have one number")
	}
	if a.owner.dead(b.owner.id) {
		t.Fatal("a living owner counts as dead")
	}
	m, err := MutexAt(b.mem[atLock:], b.owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := b.owner.id
	if err := b.owner.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.owner.Close(); err != nil {
		t.Fatalf("second Close: %v", err)
	}
	if !a.owner.dead(id) {
		t.Fatal("a closed owner counts as alive")
	}
	if _, err := MutexAt(b.mem[atLock:], b.owner); err == nil {
		t.Fatal("a closed owner makes locks")
	}
	mine, err := MutexAt(a.mem[atLock:], a.owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := mine.Lock(t.Context()); !errors.Is(err, ErrOwnerDied) {
		t.Fatalf("Lock = %v, want ErrOwnerDied", err)
	}
}

func TestOwnerDoesNotNeedTheFileItWasMadeFrom(t *testing.T) {
	needsDeath(t)
	path := newFile(t)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOwner(f)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if attached(t, path).owner.dead(o.id) {
		t.Fatal("the owner died with its file")
	}
}

func TestOwnerOfAnUnlinkedFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: an unlinked file can be opened anew on Linux only")
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	o, err := NewOwner(f)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if !o.private {
		t.Fatal("the owner has no descriptor of its own")
	}
}

func TestOwnerNeedsAFileItCanLock(t *testing.T) {
	if _, err := NewOwner(nil); err == nil {
		t.Error("nil is a file")
	}
	path := filepath.Join(t.TempDir(), "f")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := NewOwner(f); err == nil {
		t.Error("a closed file can be locked")
	}
	var none *Owner
	if err := none.Close(); err != nil {
		t.Errorf("Close of no owner: %v", err)
	}
}
