package memmapfs

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/wine"
	"go.uber.org/goleak"
)

// mapsOf returns the lines of /proc/self/maps that show files below dir.
func mapsOf(t *testing.T, dir string) []string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("platform: no /proc/self/maps")
	}
	var found []string
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, dir) {
			found = append(found, line)
		}
	}
	return found
}

// descriptors counts those that are open. On Windows the end of the test sees
// what is open still: its folder cannot be removed.
func descriptors(t *testing.T) int {
	t.Helper()
	if runtime.GOOS == "windows" {
		return 0 // Wine shows some for each thread, which the runtime starts as it likes
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("platform: no /proc/self/fd")
	}
	return len(entries)
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, cfg := range []*Config{
		nil,
		{Mode: ModeReadWrite, WindowSize: 1 << 16, MaxWindows: 2},
		{Mode: ModeCopyOnWrite},
		{Mode: ModeReadWrite, SyncMode: SyncPeriodic, SyncInterval: time.Millisecond},
		{Mode: ModeReadWrite, GrowAhead: 1 << 20},
	} {
		m, dir := newFS(t, cfg)
		native := osfs.ToNative(dir)
		before := descriptors(t)
		for i := range 20 {
			name := fmt.Sprintf("%s/%d", dir, i%3)
			for _, flag := range []int{os.O_RDWR | os.O_CREATE, os.O_RDONLY, os.O_WRONLY, os.O_WRONLY | os.O_APPEND} {
				f, err := m.OpenFile(name, flag, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.Write(pattern(100_000)); flag != os.O_RDONLY && err != nil {
					t.Fatal(err)
				}
				f.Read(make([]byte, 10))
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if left := mapsOf(t, native); len(left) != 0 {
			t.Fatalf("mappings left: %s", left)
		}
		if after := descriptors(t); after > before {
			t.Fatalf("%d descriptors before, %d after", before, after)
		}
	}
}

func TestDroppedHandlesAreCleanedUpByTheRuntime(t *testing.T) {
	if debugViews {
		t.Skip("platform: with the tag shmdebug the addresses of views are never given back")
	}
	m, dir := newFS(t, nil)
	native := osfs.ToNative(dir)
	before := descriptors(t)
	func() {
		for i := range 50 {
			f, err := m.OpenFile(fmt.Sprintf("%s/%d", dir, i), os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(pattern(5000)); err != nil {
				t.Fatal(err)
			}
			if _, err := f.(*MappedFile).View(0, 100); err != nil {
				t.Fatal(err)
			}
		}
	}()
	deadline := time.Now().Add(10 * time.Second)
	for {
		runtime.GC()
		maps, fds, s := len(mapsOf(t, native)), descriptors(t), m.Stats()
		if maps == 0 && fds <= before && s.Open == 0 && len(m.open) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d mappings, %d descriptors (%d before), %d handles left", maps, fds, before, s.Open)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTenThousandFilesOpenAtOnce(t *testing.T) {
	wine.Skip(t, "a process has at most some 9900 open files")
	const files = 10_000
	m, dir := newFS(t, nil)
	native := osfs.ToNative(dir)
	content := pattern(4096)
	for i := range files {
		if err := os.WriteFile(filepath.Join(native, fmt.Sprint(i)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := make([]*MappedFile, 0, files)
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	for i := range files {
		f, err := m.Open(fmt.Sprintf("%s/%d", dir, i))
		if err != nil {
			t.Skipf("platform: %d files open: %v", i, err)
		}
		open = append(open, f.(*MappedFile))
	}
	p := make([]byte, 64)
	for i, f := range open {
		if _, err := f.ReadAt(p, 1000); err != nil || p[0] != content[1000] {
			t.Fatalf("file %d: %v", i, err)
		}
	}
	if s := m.Stats(); s.Open != files || s.OpenMapped != files {
		t.Fatalf("%d open, %d mapped", s.Open, s.OpenMapped)
	}
}
