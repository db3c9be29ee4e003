package memmapfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/memfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

func TestWhereMappingIsImpossibleHandlesWorkAndSayWhy(t *testing.T) {
	for _, errno := range []error{sysx.ENODEV, sysx.EACCES, sysx.EPERM} {
		m, dir := newFS(t, nil)
		if err := os.WriteFile(filepath.Join(osfs.ToNative(dir), "file"), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := record(t)
		r.failing(mmap.OpMap, errno)
		file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := file.(*MappedFile)
		if s := f.Stats(); s.Mapped || !strings.Contains(s.Why, errno.Error()) {
			t.Fatalf("stats say %+v", s)
		}
		if got, err := io.ReadAll(f); err != nil || string(got) != "content" {
			t.Fatalf("read %q, %v", got, err)
		}
		if _, err := f.View(0, 1); !errors.Is(err, ErrNotMapped) {
			t.Fatalf("View: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		m.cfg.Mapping = MapRequire
		_, err = m.OpenFile(dir+"/file", os.O_RDWR, 0)
		var pe *fs.PathError
		if !errors.Is(err, ErrNotMappable) || !errors.Is(err, errno) || !errors.As(err, &pe) {
			t.Fatalf("MapRequire: %v", err)
		}
	}
}

func TestOutOfAddressesWindowsTakeOver(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: windows are not mapped over reservations here")
	}
	m, dir := newFS(t, nil)
	if err := os.WriteFile(filepath.Join(osfs.ToNative(dir), "file"), pattern(1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	r := record(t)
	r.fail = func(c mmap.Call) error {
		if c.Op == mmap.OpMap && c.Data == nil {
			return sysx.ENOMEM
		}
		return nil
	}
	file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := file.(*MappedFile).Stats(); !s.Windowed || s.Refusals["map whole"] == "" {
		t.Fatalf("stats %+v", s)
	}
	p := make([]byte, 100)
	if _, err := file.ReadAt(p, 900_000); err != nil || p[0] != pattern(1 << 20)[900_000] {
		t.Fatal(err)
	}
}

func TestFilesWithoutADescriptorWorkPlainly(t *testing.T) {
	if is64 == false {
		t.Skip("platform: memfs v1.0.0 crashes on 32-bit systems, for a misaligned atomic of its own")
	}
	base, err := memfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	m := New(base, nil)
	defer m.Close()
	f, err := m.Create("/file")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := m.ReadFile("/file"); err != nil || string(got) != "content" {
		t.Fatalf("read %q, %v", got, err)
	}
	if m.Stats().OpenedPlain == 0 {
		t.Fatal("nobody says that nothing was mapped")
	}
}

func TestProcFilesAndDevicesAreRead(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: /proc of Linux")
	}
	m, _ := newFS(t, nil)
	status, err := m.ReadFile("/proc/self/status")
	if err != nil || !strings.Contains(string(status), "VmRSS") {
		t.Fatalf("%d bytes, %v", len(status), err)
	}
	f, err := m.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := []byte("junk")
	if _, err := io.ReadFull(f, p); err != nil || p[0] != 0 {
		t.Fatalf("read %q, %v", p, err)
	}
}
