package memmapfs

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// forced counts the collections that somebody asked for.
func forced() uint32 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.NumForcedGC
}

// Files for which there are no addresses any more open as quickly as others: a
// collection of garbage for each would find nothing and stop everybody.
func TestBeyondTheMappingsThereAreOpensDoNotCollectEachTime(t *testing.T) {
	for _, cfg := range []*Config{
		{Mode: ModeReadWrite},
		{Mode: ModeReadWrite, WindowSize: 1 << 16},
		{Mode: ModeCopyOnWrite},
	} {
		m, dir := newFS(t, cfg)
		if err := os.WriteFile(filepath.Join(osfs.ToNative(dir), "file"), pattern(5000), 0o600); err != nil {
			t.Fatal(err)
		}
		r := record(t)
		r.fail = func(c mmap.Call) error {
			if c.Op == mmap.OpReserve || c.Op == mmap.OpMap && c.Data == nil {
				return sysx.ENOMEM
			}
			return nil
		}
		before, begun := forced(), time.Now()
		for range 100 {
			f, err := m.Open(dir + "/file")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		most := 2 + uint32(time.Since(begun)/nowAndThen)
		if n := forced() - before; n > most {
			t.Errorf("mode %d, window %d: %d collections for 100 files", cfg.Mode, cfg.WindowSize, n)
		}
	}
}

// What was retired since comes back at the next refusal.
func TestARefusalCollectsWhatWasRetired(t *testing.T) {
	var book addressBook
	book.collect(false)
	before := forced()
	book.collect(false)
	if n := forced() - before; n != 0 {
		t.Fatalf("%d collections for nothing", n)
	}
	book.retire(1 << 20)
	time.Sleep(atMostATenth * book.took)
	book.collect(false)
	if n := forced() - before; n != 1 || book.ranges.Load() != 0 {
		t.Fatalf("%d collections for what was retired", n)
	}
	if book.collect(true); forced()-before != 2 {
		t.Fatal("who has no other way was not helped")
	}
}
