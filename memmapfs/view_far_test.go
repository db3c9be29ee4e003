package memmapfs

import (
	"os"
	"testing"

	"github.com/absfs/osfs"
)

// Where a view lies has nothing to do with how much memory there can be.
func TestViewsLieAnywhereInAFile(t *testing.T) {
	const size = 5 << 30
	small := mappedFile(t, nil, os.O_RDONLY, nil)
	if err := os.Truncate(osfs.ToNative(small.Name()), size); err != nil {
		t.Skip("no sparse file of 5 GiB: ", err)
	}
	file, err := small.fs.Open(small.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, off := range []int64{0, 1<<31 - 50, 3 << 30, size - 100} {
		v, err := file.(*MappedFile).View(off, 100)
		if err != nil {
			t.Errorf("at %d: %v", off, err)
			continue
		}
		if b := v.Bytes(); len(b) != 100 || b[99] != 0 {
			t.Errorf("at %d: %d bytes", off, len(b))
		}
		v.Release()
	}
	if !is64 {
		if _, err := file.(*MappedFile).View(0, size); err == nil {
			t.Error("a view larger than the memory")
		}
	}
}
