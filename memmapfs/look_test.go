package memmapfs

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// lookable opens a file of 1 MiB under cfg and touches what two windows of it show.
func lookable(t *testing.T, cfg *Config) (f *MappedFile, content []byte) {
	t.Helper()
	if !canLook {
		t.Skip("platform: look is for Linux on amd64, without the race detector")
	}
	content = pattern(1 << 20)
	f = mappedFile(t, cfg, os.O_RDWR, content)
	for off := range int64(2 << 16 / 4096) {
		if _, err := f.ReadAt(make([]byte, 300), off*4096); err != nil {
			t.Fatal(err)
		}
	}
	return f, content
}

var twoWindows = &Config{Mode: ModeReadWrite, WindowSize: 1 << 16, MaxWindows: 2}

func TestALookCopiesEveryByteAndNoOther(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite}, func(t *testing.T, cfg *Config) {
		f, content := lookable(t, cfg)
		looks := int64(0)
		for n := 1; n <= longestLook; n++ {
			for _, off := range []int64{0, 1, 7, 63, 4090, 1<<16 - int64(n), 1 << 16, 1<<16 + 4095} {
				p := bytes.Repeat([]byte{0xee}, longestLook+32)
				if looks++; !look(f, p[16:16+n], off) {
					t.Fatalf("%d bytes at %d: not found", n, off)
				}
				if !bytes.Equal(p[16:16+n], content[off:off+int64(n)]) {
					t.Fatalf("%d bytes at %d differ", n, off)
				}
				if len(bytes.Trim(p[:16], "\xee"))+len(bytes.Trim(p[16+n:], "\xee")) != 0 {
					t.Fatalf("%d bytes at %d: written beside", n, off)
				}
			}
		}
		if f.win == nil {
			return
		}
		if n := f.win.hits.Sum(); n < looks || n > looks+2<<16/4096 {
			t.Errorf("%d looks, and some reads before them, count as %d", looks, n)
		}
	})
}

// A read to a place in the map itself is as the built-in copy makes it.
func TestALookReadsEverythingBeforeItWrites(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f, want := lookable(t, cfg)
		data := f.Data()
		if f.win != nil {
			data = f.win.hints[0].Load().data
		}
		for n := 1; n <= longestLook; n++ {
			for _, by := range []int{-17, -1, 0, 1, 3, 16, 33, 70} {
				copy(want[1000+by:], want[1000:1000+n])
				if !look(f, data[1000+by:1000+by+n], 1000) || !bytes.Equal(data[:3000], want[:3000]) {
					t.Fatalf("%d bytes moved by %d differ", n, by)
				}
			}
		}
	})
}

// What is no read of bytes that are there is for others to judge.
func TestALookFindsNothingOutsideTheFile(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite}, func(t *testing.T, cfg *Config) {
		f, content := lookable(t, cfg)
		size := int64(len(content))
		for off := int64(0); off < size; off += 4096 {
			if _, err := f.ReadAt(make([]byte, 300), off); err != nil {
				t.Fatal(err)
			}
		}
		for n := range longestLook + 1 {
			p := make([]byte, n)
			for _, off := range []int64{-1, -int64(n), 1 - int64(n), math.MinInt64, math.MaxInt64, math.MaxInt64 - int64(n), size, size + 1 - int64(n)} {
				if (off < 0 || off+int64(n) > size || n == 0) && look(f, p, off) {
					t.Fatalf("found %d bytes at %d", n, off)
				}
			}
			if n > 0 && !look(f, p, size-int64(n)) {
				t.Fatalf("did not find the last %d bytes", n)
			}
		}
		if look(f, nil, 0) {
			t.Error("found no bytes")
		}
		// The length is what the handle knows, wherever the map ends.
		if err := f.Truncate(100); err != nil {
			t.Fatal(err)
		}
		if p := make([]byte, 64); look(f, p, 50) || look(f, p, 4096) {
			t.Error("found what was cut off")
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if look(f, make([]byte, 64), 0) {
			t.Error("found something in a closed file")
		}
	})
}

// A page that nobody touched may be on the disk: other goroutines have to run meanwhile.
func TestALookTouchesNoColdPage(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite}, func(t *testing.T, cfg *Config) {
		f, _ := lookable(t, cfg)
		if m := f.rd.Load(); m != nil && m.cold == nil || f.win != nil && f.win.cold == nil {
			t.Skip("platform: files here are in memory")
		}
		if look(f, make([]byte, 64), 1<<19) || look(f, make([]byte, 64), 2<<16-32) {
			t.Error("read what was not touched")
		}
	})
}

// What a look may not read it leaves to others.
func TestALookFindsOnlyWhatAWindowShows(t *testing.T) {
	f, content := lookable(t, twoWindows)
	w := f.win
	var p [8]byte
	for _, off := range []int64{1<<16 - 4, 2<<16 - 4, 2 << 16, 1<<20 - 8, 1 << 40} {
		if look(f, p[:], off) {
			t.Errorf("found 8 bytes at %d", off)
		}
	}
	s := w.hints[0].Load()
	s.used.Store(0) // the clock's hand passed: the slot has to learn that it is used
	if look(f, p[:], 0) {
		t.Error("found what seems unused")
	}
	if _, err := f.ReadAt(p[:], 0); err != nil || !look(f, p[:], 0) {
		t.Errorf("after a read that says so: not found, %v", err)
	}
	if !w.slots[0].mu.TryLock() || !w.slots[1].mu.TryLock() {
		t.Fatal("a look holds a lock")
	}
	w.slots[0].mu.Unlock()
	w.slots[1].mu.Unlock()
	for off := int64(4 << 16); off < 8<<16; off += 1 << 16 { // both slots slide away
		if _, err := f.ReadAt(p[:], off); err != nil || !bytes.Equal(p[:], content[off:off+8]) {
			t.Fatal(err)
		}
	}
	if look(f, p[:], 0) {
		t.Error("found what slid away")
	}
}

func TestALookPastTheEndOfTheFileFindsNothing(t *testing.T) {
	f, _ := lookable(t, twoWindows)
	if err := os.Truncate(osfs.ToNative(f.Name()), int64(mmap.PageSize())); err != nil {
		t.Fatal(err)
	}
	var p [64]byte
	if !look(f, p[:], 0) {
		t.Error("what is left is not found")
	}
	for _, off := range []int64{int64(mmap.PageSize()), 1 << 16, 1<<17 - 64} {
		for n := 1; n <= 64; n++ {
			if look(f, p[:n], off) {
				t.Fatalf("found %d bytes at %d, behind the end", n, off)
			}
		}
	}
}
