package memmapfs

import (
	"bytes"
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

func lookable(t *testing.T) (f *MappedFile, content []byte) {
	t.Helper()
	if !canLook {
		t.Skip("platform: look is for Linux on amd64, without the race detector")
	}
	content = pattern(1 << 20)
	f = mappedFile(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 16, MaxWindows: 2}, os.O_RDWR, content)
	for off := range int64(2 << 16 / 4096) {
		if _, err := f.ReadAt(make([]byte, 300), off*4096); err != nil {
			t.Fatal(err)
		}
	}
	return f, content
}

func TestALookCopiesEveryByteAndNoOther(t *testing.T) {
	f, content := lookable(t)
	w := f.win
	before := w.hits.Sum()
	looks := int64(0)
	for n := 1; n <= longestLook; n++ {
		for _, off := range []int64{0, 1, 7, 63, 4090, 1<<16 - int64(n), 1 << 16, 1<<16 + 4095} {
			p := bytes.Repeat([]byte{0xee}, longestLook+32)
			if looks++; !look(w, &p[16], int64(n), off) {
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
	if n := w.hits.Sum() - before; n != looks {
		t.Errorf("%d of %d looks are counted", n, looks)
	}
	if p := make([]byte, longestLook+1); look(w, &p[0], int64(len(p)), 0) {
		t.Error("copied more than it can")
	}
}

// What a look may not read it leaves to others.
func TestALookFindsOnlyWhatAWindowShows(t *testing.T) {
	f, content := lookable(t)
	w := f.win
	var p [8]byte
	for _, off := range []int64{1<<16 - 4, 2<<16 - 4, 2 << 16, 1<<20 - 8, 1 << 40} {
		if look(w, &p[0], 8, off) {
			t.Errorf("found 8 bytes at %d", off)
		}
	}
	s := w.hints[0].Load()
	s.used.Store(0) // the clock's hand passed: the slot has to learn that it is used
	if look(w, &p[0], 8, 0) {
		t.Error("found what seems unused")
	}
	if _, err := f.ReadAt(p[:], 0); err != nil || !look(w, &p[0], 8, 0) {
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
	if look(w, &p[0], 8, 0) {
		t.Error("found what slid away")
	}
}

func TestALookPastTheEndOfTheFileFindsNothing(t *testing.T) {
	f, _ := lookable(t)
	if err := os.Truncate(osfs.ToNative(f.Name()), int64(mmap.PageSize())); err != nil {
		t.Fatal(err)
	}
	var p [64]byte
	if !look(f.win, &p[0], 64, 0) {
		t.Error("what is left is not found")
	}
	for _, off := range []int64{int64(mmap.PageSize()), 1 << 16, 1<<17 - 64} {
		for n := int64(1); n <= 64; n++ {
			if look(f.win, &p[0], n, off) {
				t.Fatalf("found %d bytes at %d, behind the end", n, off)
			}
		}
	}
}
