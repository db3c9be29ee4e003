package memmapfs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/absfs/osfs"
)

// hugePages mounts a hugetlbfs with some pages to give until the test ends.
func hugePages(t *testing.T) (dir string, size int) {
	t.Helper()
	const count = "/proc/sys/vm/nr_hugepages"
	if os.Getuid() != 0 {
		t.Skip("not root: huge pages cannot be set aside")
	}
	before, err := os.ReadFile(count)
	if err != nil {
		t.Skipf("kernel: no huge pages: %v", err)
	}
	dir = t.TempDir()
	if err := unix.Mount("none", dir, "hugetlbfs", 0, ""); err != nil {
		t.Skipf("kernel: hugetlbfs cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(count, before, 0o644); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(count, []byte("8"), 0o644); err != nil {
		t.Skipf("kernel: huge pages cannot be set aside: %v", err)
	}
	if now, _ := os.ReadFile(count); strings.TrimSpace(string(now)) != "8" {
		t.Skipf("kernel: only %s huge pages could be set aside", strings.TrimSpace(string(now)))
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	return dir, int(st.Bsize)
}

func TestFilesOfHugetlbfsAreMappedInHugePages(t *testing.T) {
	dir, size := hugePages(t)
	name := filepath.Join(dir, "huge")
	created, err := os.Create(name) // a write, even of nothing, is EINVAL here
	if err != nil {
		t.Fatal(err)
	}
	created.Close()
	if err := os.Truncate(name, 2*int64(size)); err != nil {
		t.Fatal(err)
	}
	m, _ := newFS(t, &Config{Mode: ModeReadWrite, UseHugePages: true, Mapping: MapRequire})
	file, err := m.OpenFile(osfs.FromNative(name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := file.(*MappedFile)
	want := pattern(3000)
	if _, err := f.WriteAt(want, int64(size)-1000); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := f.ReadAt(got, int64(size)-1000); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read back: %v", err)
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(smaps), name)
	_, kernel, _ := strings.Cut(after, "KernelPageSize:")
	line, _, _ := strings.Cut(kernel, "\n")
	if !found || !strings.HasSuffix(strings.TrimSpace(line), " kB") || strings.Fields(line)[0] == "4" {
		t.Fatalf("mapped %v in pages of %s", found, line)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if s := f.Stats(); len(s.Refusals) != 0 || !s.Mapped {
		t.Fatalf("stats %+v", s)
	}
}

// A writable map that reaches past the end of a file makes it longer there.
func TestAnEmptyFileOfHugetlbfsStaysEmpty(t *testing.T) {
	dir, size := hugePages(t)
	name := filepath.Join(dir, "huge")
	created, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	created.Close()
	m, _ := newFS(t, &Config{Mode: ModeReadWrite, Mapping: MapRequire})
	file, err := m.OpenFile(osfs.FromNative(name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := file.(*MappedFile)
	if n := diskSize(t, name); n != 0 || len(f.Data()) != 0 {
		t.Fatalf("opened, the file has %d bytes, mapped %d", n, len(f.Data()))
	}
	if _, err := f.Write([]byte("x")); err == nil || diskSize(t, name) != 0 {
		t.Fatalf("written past the end, %v, the file has %d bytes", err, diskSize(t, name))
	}
	want := pattern(3000)
	for pages := range int64(3) { // in the mapping that is there, and in others
		if err := errors.Join(f.Truncate((pages+1)*int64(size)), f.Refresh()); err != nil {
			t.Fatal(err)
		}
		at := (pages+1)*int64(size) - int64(len(want))
		if _, err := f.WriteAt(want, at); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := f.ReadAt(got, at); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("read back: %v", err)
		}
	}
	if n := diskSize(t, name); n != 3*int64(size) || n != f.Stats().Size {
		t.Fatalf("%d bytes, the handle says %d", n, f.Stats().Size)
	}
}

// A window smaller than a huge page cannot be mapped there, and no write but one
// through a map is possible.
func TestFilesOfHugetlbfsHaveWindowsOfHugePages(t *testing.T) {
	dir, size := hugePages(t)
	name := filepath.Join(dir, "huge")
	created, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	created.Close()
	m, _ := newFS(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 16, MaxWindows: 2, NoDump: true, Mapping: MapRequire})
	file, err := m.OpenFile(osfs.FromNative(name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := os.Stat(name); err != nil || info.Size() != 0 {
		t.Fatalf("opened, the file has %d bytes, %v", info.Size(), err)
	}
	if err := file.Truncate(3 * int64(size)); err != nil {
		t.Fatal(err)
	}
	want := pattern(3000)
	for i := range int64(2) { // across the edges of windows
		at := (i+1)*int64(size) - 1000
		if _, err := file.WriteAt(want, at); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := file.ReadAt(got, at); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("read back: %v", err)
		}
	}
	v, err := file.(*MappedFile).View(2*int64(size)-1000, 3000)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v.Bytes(), want) {
		t.Fatal("the view shows something else")
	}
	v.Release()
	if s := file.(*MappedFile).Stats(); len(s.Refusals) != 0 || s.Size != 3*int64(size) {
		t.Fatalf("stats %+v", s)
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if left := mapsOf(t, name); len(left) != 0 && !debugViews {
		t.Fatalf("mappings left: %s", left)
	}
}
