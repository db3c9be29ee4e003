package memmapfs

import (
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// A kernel that takes long to find large pages is not asked for them again and again.
func TestLargePagesAreNotAskedForWhereTheyTakeLong(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: a mapping does not reach past the file's end here")
	}
	for name, takes := range map[string]time.Duration{"fast": 0, "slow": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			pagesAhead.until.Store(0)
			defer pagesAhead.until.Store(0)
			f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 32 << 20}, os.O_RDWR, []byte("x"))
			var asked atomic.Int64
			record(t).fail = func(c mmap.Call) error {
				if c.Op == mmap.OpAdvise && c.Len >= hugePage/2 {
					asked.Add(1)
					time.Sleep(takes)
				}
				return nil
			}
			rec := pattern(64 << 10)
			for off := int64(1); off < 16<<20; off += int64(len(rec)) {
				if _, err := f.WriteAt(rec, off); err != nil {
					t.Fatal(err)
				}
			}
			n := asked.Load()
			if takes == 0 && n == 0 {
				t.Skip("platform: no pages are asked for ahead")
			}
			if takes != 0 && n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}
