//go:build linux

package ring

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/absfs/shmkit/sigbus"
)

// A record whose bytes cannot be had is its sender's affair: nothing of it is
// sent, and the ring goes on.
func TestARecordThatCannotBeReadIsNotSent(t *testing.T) {
	page := os.Getpagesize()
	f, err := os.Create(filepath.Join(t.TempDir(), "records"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(page)); err != nil {
		t.Fatal(err)
	}
	gone, err := unix.Mmap(int(f.Fd()), 0, page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(gone) }()
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	p, c := pair(t, 4<<10, Options{})
	for _, n := range []int{1, 8, 64, 500, 1000, 2000, -2000} {
		if n < 0 {
			n, p.carrier = -n, pastCaches
		}
		if err := p.Send(t.Context(), gone[:n]); !errors.Is(err, sigbus.ErrFault) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if err := p.TrySend([]byte("after")); err != nil {
			t.Fatalf("after %d bytes: %v", n, err)
		}
		if rec, err := c.TryNext(); err != nil || string(rec) != "after" {
			t.Fatalf("after %d bytes: %q, %v", n, rec, err)
		}
		if _, err := c.TryNext(); err != ErrEmpty {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
	batch := [][]byte{[]byte("before"), gone[:600], []byte("behind")}
	if n, err := p.SendBatch(t.Context(), batch); n != 1 || !errors.Is(err, sigbus.ErrFault) {
		t.Fatalf("%d sent, %v", n, err)
	}
	if rec, err := c.TryNext(); err != nil || string(rec) != "before" {
		t.Fatalf("%q, %v", rec, err)
	}
	if s := p.Stats(); s.Records != 8 || s.Bytes != 41 {
		t.Fatalf("%+v", s)
	}
}
