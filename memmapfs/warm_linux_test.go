package memmapfs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// A read of pages never touched has them read first, by calls that do not wait:
// alone where they are, further ahead where the last read ended. Touched pages
// cost no call.
func TestColdPagesAreAskedForBeforeTheyAreTouched(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, pattern(1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, window := range []int64{0, 256 << 10} {
		m, _ := newFS(t, &Config{WindowSize: window})
		file, err := m.Open(osfs.FromNative(name))
		if err != nil {
			t.Fatal(err)
		}
		f := file.(*MappedFile)
		if window == 0 && f.whole.cold == nil || window > 0 && f.win.cold == nil {
			t.Skip("kernel: nothing is cold on this file system")
		}
		r := record(t)
		const block = 1 << coldShift
		calls := func(off int64) (ops []mmap.Op) {
			p := make([]byte, 64)
			if _, err := f.ReadAt(p, off); err != nil || !slices.Equal(p, pattern(1 << 20)[off:off+64]) {
				t.Fatal(off, err)
			}
			for _, c := range r.take(mmap.OpReadahead, mmap.OpReadCached, mmap.OpPopulate) {
				if c.Op == mmap.OpReadahead && (c.Off != off&^(block-1) || c.Len != block) {
					t.Errorf("%d bytes at %d are asked for", c.Len, c.Off)
				}
				ops = append(ops, c.Op)
			}
			return slices.Compact(ops)
		}
		for _, tt := range []struct {
			off  int64
			want []mmap.Op
		}{
			{8*block + 100, []mmap.Op{mmap.OpReadahead, mmap.OpReadCached, mmap.OpPopulate}},
			{9 * block, []mmap.Op{mmap.OpReadCached, mmap.OpPopulate}},
			{3 * block, []mmap.Op{mmap.OpReadahead, mmap.OpReadCached, mmap.OpPopulate}},
			{8 * block, nil},
			{9*block + 10_000, nil},
		} {
			if got := calls(tt.off); !slices.Equal(got, tt.want) {
				t.Errorf("window %d, a read at %d: %v, want %v", window, tt.off, got, tt.want)
			}
		}
		for _, op := range []mmap.Op{mmap.OpReadahead, mmap.OpReadCached} {
			r.failing(op, sysx.EIO)
			off := int64(5 * block)
			if op == mmap.OpReadCached {
				off = 13 * block
			}
			if got := calls(off); got[len(got)-1] != mmap.OpPopulate {
				t.Errorf("after a refused %s: %v", op, got)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
