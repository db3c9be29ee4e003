package memmapfs

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/sysx"
)

func TestAViewReleasedTwiceIsReleasedOnce(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		a, err := f.View(10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.View(10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
		a.Release()
		if n := f.Stats().Views; n != 1 {
			t.Fatalf("%d views left", n)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		a.Release()
		if !bytes.Equal(b.Bytes(), pattern(1 << 20)[10:1010]) {
			t.Fatal("the other view shows something else")
		}
		b.Release()
		b.Release()
	})
}

// What was asked for stands in the error, so that nobody has to guess it.
func TestRangesOutsideTheFileAreNamedInTheError(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, pattern(30))
	view := func(off, n int64) error { _, err := f.View(off, n); return err }
	for _, c := range []struct {
		do     func(off, n int64) error
		off, n int64
		want   string
	}{
		{view, -1, 5, "5 bytes at -1 of 30"},
		{view, 5, -1, "-1 bytes at 5 of 30"},
		{view, 20, 50, "50 bytes at 20 of 30"},
		{view, math.MaxInt64, 1, "1 bytes at 9223372036854775807 of 30"},
		{f.SyncRange, -1, 5, "5 bytes at -1 of 30"},
		{f.SyncRange, 5, -1, "-1 bytes at 5 of 30"},
	} {
		err := c.do(c.off, c.n)
		var pe *fs.PathError
		if !errors.Is(err, fs.ErrInvalid) || !errors.As(err, &pe) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v does not say %q", err, c.want)
		}
	}
	if err := f.Truncate(-1); !errors.Is(err, sysx.EINVAL) {
		t.Errorf("Truncate: %v, not that of os.File", err)
	}
}
