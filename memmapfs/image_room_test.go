package memmapfs

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/absfs/osfs"
)

// An image has no windows: a file that has no room in the address space is read
// plainly, and nothing private can be written.
func TestImagesBeyondTheAddressSpaceAreReadPlainlyAndNotWritten(t *testing.T) {
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
	if w, err := m.OpenFile(dir+"/file", os.O_RDWR, 0); !errors.Is(err, ErrNotMappable) {
		if err == nil {
			w.Close()
		}
		t.Fatalf("for writing: %v", err)
	}
}
