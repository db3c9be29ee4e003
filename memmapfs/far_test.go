package memmapfs_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// A read whose end no number can name is what the system says it is.
func TestReadsBeyondAllNumbersAreAsOfOSFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	windowed := memmapfs.DefaultConfig()
	windowed.WindowSize, windowed.MapFullFile = 4096, false
	for _, config := range []*memmapfs.Config{nil, windowed} {
		fs := memmapfs.New(base, config)
		defer fs.Close()
		f, err := fs.Open(osfs.FromNative(path))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, off := range []int64{math.MaxInt64, math.MaxInt64 - 3, math.MaxInt64 - 4, math.MaxInt64 - 5} {
			wn, werr := want.ReadAt(make([]byte, 4), off)
			n, err := f.ReadAt(make([]byte, 4), off)
			if n != wn || outcome(err, f.Name()) != outcome(werr, want.Name()) {
				t.Errorf("at %d: %d, %v; of os.File %d, %v", off, n, err, wn, werr)
			}
		}
	}
}
