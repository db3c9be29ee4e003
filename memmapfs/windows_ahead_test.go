package memmapfs

import (
	"errors"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

const aheadWindow = 64 << 10

// slideThrough reads a byte of each window of a file of eight, in order.
func slideThrough(t *testing.T) *MappedFile {
	t.Helper()
	f := mappedFile(t, &Config{
		Mode: ModeReadWrite, WindowSize: aheadWindow, WindowSlide: true, MaxWindows: 2, ColdFaults: true,
	}, os.O_RDONLY, pattern(8*aheadWindow-100))
	for off := int64(0); off < 8*aheadWindow-100; off += aheadWindow {
		if _, err := f.ReadAt(make([]byte, 1), off); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestWindowsInOrderAskForTheNext(t *testing.T) {
	var asked, read int
	var next int64
	restore := mmap.SetHook(func(c mmap.Call) error {
		switch c.Op {
		case mmap.OpReadahead:
			asked++
			next = c.Off
		case mmap.OpAdvise:
			read++
		}
		return nil
	})
	f := slideThrough(t)
	restore()
	if asked != 6 || next != 7*aheadWindow {
		t.Fatalf("asked %d times, last for offset %d", asked, next)
	}
	switch known := mmap.Readahead(f.native, 0, aheadWindow); {
	case known == nil && read != 0, known != nil && read != asked:
		t.Fatalf("%d requests through memory where the one about the file says %v", read, known)
	}
	if why := f.Stats().Refusals; len(why) != 0 {
		t.Fatalf("refused: %v", why)
	}
}

func TestWindowsSayOnceThatNobodyReadsAhead(t *testing.T) {
	asked := 0
	restore := mmap.SetHook(func(c mmap.Call) error {
		if c.Op == mmap.OpReadahead || c.Op == mmap.OpAdvise {
			asked++
			return errors.ErrUnsupported
		}
		return nil
	})
	f := slideThrough(t)
	restore()
	if why := f.Stats().Refusals["window slide"]; why == "" || asked != 2 {
		t.Fatalf("asked %d times, refusals %v", asked, f.Stats().Refusals)
	}
}
