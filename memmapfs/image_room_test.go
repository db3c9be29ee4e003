package memmapfs

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// An image has no windows: a file that has no room in the address space is read
// plainly, and what is written goes to a file.
func TestImagesBeyondTheAddressSpaceAreReadPlainlyAndWrittenBeside(t *testing.T) {
	if is64 {
		t.Skip("platform: all files have room in 64 bits")
	}
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
	name := osfs.ToNative(dir + "/file")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 5<<30); err != nil {
		t.Skipf("platform: no sparse file here: %v", err)
	}
	f, err := m.Open(dir + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := make([]byte, 7)
	if _, err := io.ReadFull(f, got); err != nil || string(got) != "content" {
		t.Fatalf("%q, %v", got, err)
	}
	if s := f.(*MappedFile).Stats(); s.Mapped || s.Why == "" {
		t.Fatalf("%+v", s)
	}
	w := open(t, m, dir+"/file", os.O_RDWR)
	for _, off := range []int64{0, 4<<30 + 5, 5 << 30} {
		if _, err := w.WriteAt([]byte("changed"), off); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(got, off); err != nil || string(got) != "changed" {
			t.Fatalf("at %d: %q, %v", off, got, err)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Size() != 5<<30 {
		t.Fatal(info, err)
	}
}

// An image that finds few addresses grows little, and says so.
func TestAnImageSaysThatItHasLittleRoomToGrow(t *testing.T) {
	if byBlock {
		t.Skip("platform: images have other memory here")
	}
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
	if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(100), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, m, dir+"/file", os.O_RDWR)
	if s := f.Stats(); len(s.Refusals) != 0 {
		t.Fatalf("with all addresses there are: %v", s.Refusals)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	record(t).fail = func(c mmap.Call) error {
		if c.Op == mmap.OpReserve && c.Len > 2<<20 {
			return sysx.ENOMEM
		}
		return nil
	}
	f = open(t, m, dir+"/file", os.O_RDWR)
	if s := f.Stats(); !s.Mapped || !strings.Contains(s.Refusals["room to grow"], sysx.ENOMEM.Error()) {
		t.Fatalf("%+v", s)
	}
	if _, err := f.WriteAt([]byte("far"), 2<<20); !errors.Is(err, sysx.EFBIG) {
		t.Fatal(err)
	}
}
