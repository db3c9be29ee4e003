package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm/region"
)

func TestARecordThatIsTooLargeIsToldWithTheLimit(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: minCapacity}
	p, err := OpenProducer("small", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, send := range map[string]func() error{
		"Send":      func() error { return p.Send(t.Context(), make([]byte, 5000)) },
		"SendBatch": func() error { _, err := p.SendBatch(t.Context(), [][]byte{make([]byte, 5000)}); return err },
		"Reserve":   func() error { _, err := p.Reserve(t.Context(), 5000); return err },
	} {
		err := send()
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range []string{"small", "5000", fmt.Sprint(minCapacity/2 - recordHeader)} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s does not say %s: %v", name, part, err)
			}
		}
	}
}

func TestLengthsThatCannotBeAreRefusedAsSuch(t *testing.T) {
	p, c := pair(t, minCapacity, Options{})
	if _, err := p.Reserve(t.Context(), -1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Reserve(-1): %v", err)
	}
	buf, err := p.Reserve(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{-1, 11} {
		if err := p.Commit(n); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Commit(%d): %v", n, err)
		}
	}
	copy(buf, "0123456789")
	if err := p.Commit(10); err != nil { // still open
		t.Fatal(err)
	}
	if rec, err := c.TryNext(); err != nil || string(rec) != "0123456789" {
		t.Fatalf("%q, %v", rec, err)
	}
}

// A ring that root gave away is a ring of another user.
func TestARingOfAnotherUserIsUsedByThoseWhoTrustHim(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("platform: only root can give a file away")
	}
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: minCapacity}
	if err := Create("his", o); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Chown(o.Dir+"/"+e.Name(), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenProducer("his", o); !errors.Is(err, region.ErrOwner) {
		t.Fatalf("without trust: %v", err)
	}
	if _, err := OpenTap("his", o); !errors.Is(err, region.ErrOwner) {
		t.Fatalf("a tap without trust: %v", err)
	}
	o.AnyOwner = true
	p, err := OpenProducer("his", o)
	if err != nil {
		t.Fatal(err)
	}
	tap, err := OpenTap("his", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Close(), tap.Close(), Remove("his", o)); err != nil {
		t.Fatal(err)
	}
}
