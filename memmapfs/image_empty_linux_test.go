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

func TestFilesThatMakeUpTheirContentAreReadPlainlyUnderCopyOnWrite(t *testing.T) {
	m, _ := newFS(t, &Config{Mode: ModeCopyOnWrite})
	status, err := m.ReadFile("/proc/self/status")
	if err != nil || !strings.Contains(string(status), "VmRSS") {
		t.Fatalf("%d bytes, %v", len(status), err)
	}
	f, err := m.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if s := f.(*MappedFile).Stats(); s.Mapped || !strings.Contains(s.Why, sysx.ENODEV.Error()) {
		t.Fatalf("%+v", s)
	}
	if w, err := m.OpenFile("/proc/self/comm", os.O_RDWR, 0); !errors.Is(err, ErrNotMappable) {
		if err == nil {
			w.Close()
		}
		t.Fatalf("private writes to such a file: %v", err)
	}
}

// Those of /sys have a length, which is not that of what they hold.
func TestFilesThatSayMoreThanTheyHoldTakeNoPrivateWrites(t *testing.T) {
	const name = "/sys/kernel/mm/transparent_hugepage/enabled"
	want, err := os.ReadFile(name)
	if err != nil {
		t.Skip("platform: no such file:", err)
	}
	m, _ := newFS(t, &Config{Mode: ModeCopyOnWrite})
	for range 2 {
		if got, err := m.ReadFile(name); err != nil || string(got) != string(want) {
			t.Fatalf("%q, %v", got, err)
		}
		if w, err := m.OpenFile(name, os.O_RDWR, 0); !errors.Is(err, ErrNotMappable) {
			if err == nil {
				w.Close()
			}
			t.Fatalf("private writes to such a file: %v", err)
		}
	}
}

// Some have no end and give what there is, which only a read without a place asks for.
func TestFilesThatMakeUpTheirContentAreReadWithoutAPlace(t *testing.T) {
	m, _ := newFS(t, &Config{Mode: ModeCopyOnWrite})
	f, err := m.Open("/proc/kmsg")
	if err != nil {
		t.Skip("platform: the kernel's messages cannot be read:", err)
	}
	defer f.Close()
	if s := f.(*MappedFile); s.mapped() || s.why == nil {
		t.Fatalf("%+v", s.Stats())
	}
}

// A file system may map nothing and have empty files all the same.
func TestAnEmptyFileThatCannotBeMappedTakesPrivateWrites(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
	r := record(t)
	r.fail = func(c mmap.Call) error {
		if c.Op == mmap.OpMap && c.Name != "" {
			return sysx.ENODEV
		}
		return nil
	}
	name := osfs.ToNative(dir + "/file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := os.WriteFile(name, []byte("grown"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(w); err != nil || string(got) != "grown" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("private"); err != nil {
		t.Fatal(err)
	}
	if got, err := m.ReadFile(dir + "/file"); err != nil || string(got) != "private" {
		t.Fatalf("%q, %v", got, err)
	}
}
