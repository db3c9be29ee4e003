package memmapfs

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// cachedOf returns how many bytes of the file, from its beginning, the page cache
// holds.
func cachedOf(t *testing.T, file *os.File, n int) int64 {
	t.Helper()
	b, err := mmap.Map(file, 0, n, mmap.Read, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer mmap.Unmap(b)
	in, err := mmap.Resident(b)
	if err != nil {
		t.Skipf("platform: %v", err)
	}
	return in
}

// What no window shows is brought in as well: nil means that it is in memory.
func TestPopulateReachesWhatNoWindowShows(t *testing.T) {
	const size = 3<<20 + 100
	for _, refused := range []error{nil, sysx.ENOMEM} {
		f := mappedFile(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 16, MaxWindows: 2}, os.O_RDWR, pattern(size))
		if err := f.native.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := mmap.FileAdvise(f.native, 0, 0, mmap.DontNeed); err != nil {
			t.Skipf("platform: the cache cannot be emptied: %v", err)
		}
		if in := cachedOf(t, f.native, size); in > size/2 {
			t.Skipf("kernel: %d bytes stay in the cache here", in)
		}
		r := record(t)
		r.failing(mmap.OpMap, refused) // out of addresses it reads
		if err := f.Populate(0, size); err != nil {
			t.Fatal(err)
		}
		r.failing(mmap.OpMap, nil)
		if in := cachedOf(t, f.native, size); in < size {
			t.Errorf("%d of %d bytes are in memory", in, size)
		}
	}
}

func TestAdviceWhereNothingIsMappedIsTakenOrRefused(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 2}, os.O_RDWR, pattern(1<<20))
	r := record(t)
	for a := AdviceNormal; a <= adviceLast; a++ {
		err := f.AdviseRange(1<<18+5, 1<<16, a)
		calls := r.take(mmap.OpFileAdvise)
		if len(calls) != 1 || calls[0].Off != page(calls[0].Off/page(1)) || calls[0].Off > 1<<18 || calls[0].Len < 1<<16 {
			t.Fatalf("%s: %+v", a, calls)
		}
		if err != nil && (!errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), a.String())) {
			t.Errorf("%s: %v", a, err)
		}
		if err == nil && a > AdviceDontNeed {
			t.Errorf("%s: no file has such advice", a)
		}
	}
	if err := f.AdviseRange(0, 100, AdviceDontDump); err != nil && !errors.Is(err, errors.ErrUnsupported) { // the window of Open
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpFileAdvise); len(calls) != 0 {
		t.Errorf("a window is mapped, and the file was told: %+v", calls)
	}
}

// A file that has outgrown its mapping is mapped anew for them.
func TestAdviceAndLocksReachWhatTheFileHasGrownBy(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, os.O_RDWR, pattern(1000))
	const far = 200 << 20
	if _, err := f.WriteAt(pattern(100), far); err != nil {
		t.Fatal(err)
	}
	r := record(t)
	if err := f.LockMemory(far, 100); err != nil && !errors.Is(err, sysx.ENOMEM) {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpLock); len(calls) != 1 {
		t.Fatalf("asked for %+v", calls)
	}
	if err := f.Populate(far, 100); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpPopulate); len(calls) != 1 || calls[0].Len >= page(1) {
		t.Fatalf("asked for %+v", calls)
	}
}
