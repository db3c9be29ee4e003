package memmapfs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// edges are the numbers at which ranges and rounding go wrong.
func edges() []int64 {
	page := int64(os.Getpagesize())
	var all []int64
	for _, near := range []int64{0, page, 2 * page, 65536, edgeSize, math.MaxInt32, 1 << 32, math.MaxInt64 - page, math.MaxInt64, math.MinInt64} {
		for d := int64(-1); d <= 1; d++ {
			if sum := near + d; (d > 0) == (sum > near) || d == 0 {
				all = append(all, sum)
			}
		}
	}
	return all
}

// edgeSize is the length of the file: it ends within a page.
const edgeSize = 200_123

// FuzzRangesAtTheEdges gives every operation that takes a range numbers from
// the edges of pages, of the file and of int64. None panics, maps the
// impossible, or changes a byte it should not.
func FuzzRangesAtTheEdges(f *testing.F) {
	all := edges()
	for i, off := range all {
		f.Add(byte(i), off, all[(i*7+3)%len(all)])
	}
	f.Fuzz(func(t *testing.T, which byte, off, n int64) {
		vs := variants()
		v := vs[int(which)%len(vs)]
		m, dir, native := v.onDisk(t)
		name := filepath.Join(native, "file")
		want := numbered(edgeSize)
		writeFile(t, name, want)
		file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		useRange(t, file.(*memmapfs.MappedFile), off, n)
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("the file changed to %d bytes, %v", len(got), err)
		}
	})
}

func useRange(t *testing.T, f *memmapfs.MappedFile, off, n int64) {
	t.Helper()
	named := func(what string, err error) {
		var pe *fs.PathError
		if err != nil && err != io.EOF && (!errors.As(err, &pe) || osfs.FromNative(pe.Path) != f.Name()) {
			t.Errorf("%s of %d at %d: the error does not name the file: %v", what, n, off, err)
		}
	}
	got := make([]byte, max(0, min(n, 1<<20)))
	k, err := f.ReadAt(got, off)
	named("ReadAt", err)
	if want := max(0, min(int64(len(got)), edgeSize-off)); off >= 0 && int64(k) != want {
		t.Errorf("ReadAt of %d at %d returned %d, want %d", len(got), off, k, want)
	}
	v, err := f.View(off, n)
	if inside := off >= 0 && n >= 0 && n <= edgeSize-off; inside != (err == nil) && f.Stats().Mapped {
		t.Errorf("View of %d at %d: %v", n, off, err)
	}
	if err == nil {
		if err := sigbus.Guard(func() { _ = append([]byte(nil), v.Bytes()...) }); err != nil || int64(len(v.Bytes())) != n {
			t.Errorf("View of %d at %d: %d bytes, %v", n, off, len(v.Bytes()), err)
		}
		v.Release()
	}
	named("SyncRange", f.SyncRange(off, n))
	named("AdviseRange", f.AdviseRange(off, n, memmapfs.AdviceWillNeed))
	named("Prefetch", f.Prefetch(off, n))
	named("Populate", f.Populate(off, n))
	if f.LockMemory(off, n) == nil {
		named("UnlockMemory", f.UnlockMemory(off, n))
	}
	in, total, err := f.Resident(off, n)
	if err == nil && (in < 0 || in > total) {
		t.Errorf("Resident of %d at %d: %d of %d", n, off, in, total)
	}
	if off < 0 {
		_, err := f.WriteAt([]byte("x"), off)
		named("WriteAt", err)
		if err == nil {
			t.Errorf("a write at %d succeeded", off)
		}
		if err := f.Truncate(off); err == nil {
			t.Errorf("Truncate to %d succeeded", off)
		}
	}
}

// FuzzConfig opens a file under any config: it is refused with ErrConfig, or
// the file reads and writes as it should.
func FuzzConfig(f *testing.F) {
	f.Add(1, 2, int64(0), int64(0), 0, 0, 0, int64(0), uint16(0))
	f.Add(2, 1, int64(time.Millisecond), int64(1), 1, 3, 0, int64(1<<16), uint16(0xffff))
	f.Add(1, 0, int64(math.MaxInt64), int64(math.MaxInt64), math.MaxInt, 0, 0, int64(math.MaxInt64), uint16(1))
	f.Add(-1, 9, int64(-1), int64(-1), -1, -1, 7, int64(-1), uint16(2))
	f.Fuzz(func(t *testing.T, mode, sync int, interval, window int64, windows, advice, policy int, ahead int64, flags uint16) {
		bit := func(i int) bool { return flags&(1<<i) != 0 }
		v := variant{config: memmapfs.Config{
			Mode: memmapfs.MappingMode(mode), SyncMode: memmapfs.SyncMode(sync), SyncInterval: time.Duration(interval),
			WindowSize: window, MaxWindows: windows, Advice: memmapfs.Advice(advice), Mapping: memmapfs.MappingPolicy(policy),
			GrowAhead:   min(ahead, 1<<24), // the file is really made that long
			MapFullFile: bit(0), WindowSlide: bit(1), Preload: bit(2), PreloadAsync: bit(3), PopulatePages: bit(4),
			UseHugePages: bit(5), LockMemory: bit(6), NoCache: bit(7), NoDump: bit(8), ColdFaults: bit(9), DAX: bit(10),
		}}
		base, err := osfs.NewFS()
		if err != nil {
			t.Fatal(err)
		}
		m := memmapfs.New(base, &v.config)
		defer m.Close()
		name := filepath.Join(t.TempDir(), "file")
		want := numbered(10_000)
		writeFile(t, name, want)
		file, err := m.OpenFile(osfs.FromNative(name), os.O_RDWR, 0)
		if invalid := v.config.Validate(); invalid != nil {
			if !errors.Is(err, memmapfs.ErrConfig) {
				t.Fatalf("%v, but open says %v", invalid, err)
			}
			return
		}
		if err != nil { // DAX, a lock limit, MapRequire: refused with the file's name
			var pe *fs.PathError
			if !errors.As(err, &pe) {
				t.Fatalf("the error does not name the file: %v", err)
			}
			return
		}
		copy(want[9_000:], "changed")
		want = append(want, "grown"...)
		_, err1 := file.WriteAt([]byte("changed"), 9_000)
		_, err2 := file.WriteAt([]byte("grown"), 10_000)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want)+1)
		if n, err := file.ReadAt(got, 0); n != len(want) || err != io.EOF || !bytes.Equal(got[:n], want) {
			t.Fatalf("read back %d, %v", n, err)
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			t.Fatal(err)
		}
	})
}
