package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/absfs/osfs"
)

const shownBlocks = 40

// imageFile opens a file of some whole blocks and a few bytes privately.
func imageFile(t *testing.T, flag int) (*MappedFile, []byte) {
	t.Helper()
	content := pattern(shownBlocks*imageBlock + 100)
	return mappedFile(t, &Config{Mode: ModeCopyOnWrite}, flag, content), content
}

func allOf(t *testing.T, f *MappedFile) []byte {
	t.Helper()
	got, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<31))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// again opens the file of f once more, in the file system of f.
func again(t *testing.T, f *MappedFile, flag int) *MappedFile {
	t.Helper()
	g, err := f.fs.OpenFile(f.Name(), flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g.(*MappedFile)
}

func TestAnImageShowsItsBaseAndCopiesNothingForThat(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDONLY)
	if f.img.seen.shown.Load() != shownBlocks*imageBlock {
		t.Fatalf("%d bytes are shown", f.img.seen.shown.Load())
	}
	if got := allOf(t, f); !bytes.Equal(got, content) {
		t.Fatalf("read %d other bytes", len(got))
	}
	if got := f.Data(); !bytes.Equal(got, content) {
		t.Fatalf("Data shows %d other bytes", len(got))
	}
	g := again(t, f, os.O_RDWR)
	if _, err := g.WriteAt([]byte("across"), 10*imageBlock-3); err != nil {
		t.Fatal(err)
	}
	copy(content[10*imageBlock-3:], "across")
	if got := f.Data(); !bytes.Equal(got, content) {
		t.Fatal("another handle's Data does not show what was written")
	}
	base, err := os.ReadFile(osfs.ToNative(f.Name()))
	if err != nil || bytes.Equal(base, content) || !bytes.Equal(base, pattern(len(content))) {
		t.Fatalf("the base changed: %v", err)
	}
}

// Whichever way something was written, it outlives the view of the base, and nothing
// else is copied then.
func TestWhatWasWrittenOutlivesTheViewOfTheBase(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	if _, err := f.WriteAt([]byte("written"), 10*imageBlock+5); err != nil {
		t.Fatal(err)
	}
	copy(content[10*imageBlock+5:], "written")
	if _, err := f.WriteAt(content[15*imageBlock:][:6], 15*imageBlock); err != nil { // as the base
		t.Fatal(err)
	}
	v, err := f.View(20*imageBlock, 10)
	if err != nil {
		t.Fatal(err)
	}
	copy(v.Bytes(), "viewed")
	copy(content[20*imageBlock:], "viewed")
	g := again(t, f, os.O_RDWR)
	copy(g.Data()[30*imageBlock:], "lent")
	copy(content[30*imageBlock:], "lent")

	if err := f.img.hideAlone(); !errors.Is(err, errShown) {
		t.Fatalf("with a view and a slice: %v", err)
	}
	v.Release()
	if err := f.img.hideAlone(); !errors.Is(err, errShown) {
		t.Fatalf("with a slice: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.img.hideAlone(); err != nil || f.img.seen.shown.Load() != 0 {
		t.Fatalf("%d bytes are shown: %v", f.img.seen.shown.Load(), err)
	}
	if got := inMemory(f); got != 5*imageBlock { // four, and the one that ends the file
		t.Fatalf("%d blocks are in memory", got/imageBlock)
	}
	if got := allOf(t, f); !bytes.Equal(got, content) {
		t.Fatal("the image shows something else")
	}
	if err := os.Truncate(osfs.ToNative(f.Name()), 0); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{10*imageBlock + 5, 15 * imageBlock, 20 * imageBlock, 30 * imageBlock} {
		got := make([]byte, 6)
		if _, err := f.ReadAt(got, int64(at)); err != nil || !bytes.Equal(got, content[at:][:6]) {
			t.Fatalf("%q at %d, %v", got, at, err)
		}
	}
}

// What is only read need not be compared with the base.
func TestViewsOfHandlesThatReadAreNotTakenAsWritten(t *testing.T) {
	shown(t)
	f, _ := imageFile(t, os.O_RDONLY)
	v, err := f.View(0, 10)
	if err != nil || f.Data() == nil {
		t.Fatal(err)
	}
	defer v.Release()
	f.img.seen.written.each(0, f.img.seen.shown.Load(), func(off, n int64) { t.Errorf("%d bytes at %d", n, off) })
}

// The process that shows a file can truncate it, unless somebody has slices of it.
func TestTheBaseOfAnImageIsTruncatedByTheSameProcess(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	if _, err := f.WriteAt([]byte("kept"), imageBlock); err != nil {
		t.Fatal(err)
	}
	v, err := f.View(0, 10)
	if err != nil {
		t.Fatal(err)
	}
	others, _ := newFS(t, nil)
	shorten := func() error {
		if !mustUnmap { // nobody has to know of views here
			return unmappedDuring(f.id, nil, func() error { return others.Truncate(f.Name(), 100) })
		}
		return others.Truncate(f.Name(), 100)
	}
	if mustUnmap {
		if err := shorten(); err == nil || !strings.Contains(err.Error(), errShown.Error()) {
			t.Fatalf("with a view: %v", err)
		}
		if got := v.Bytes(); !bytes.Equal(got, content[:10]) {
			t.Fatalf("the view shows %q", got)
		}
	}
	v.Release()
	if err := shorten(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, imageBlock); err != nil || string(got) != "kept" {
		t.Fatalf("%q, %v", got, err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, f); !bytes.Equal(got, content[:100]) {
		t.Fatalf("after Discard: %d bytes", len(got))
	}
}
func TestDiscardShowsTheBaseAgain(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	for _, held := range []bool{false, true} {
		if _, err := f.WriteAt([]byte("gone"), imageBlock); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(30*imageBlock + 7); err != nil {
			t.Fatal(err)
		}
		if held {
			v, err := f.View(imageBlock, 10)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Release()
			defer func() {
				if !bytes.Equal(v.Bytes(), content[imageBlock:][:10]) {
					t.Errorf("the view shows %q", v.Bytes())
				}
			}()
		}
		if err := f.Discard(); err != nil {
			t.Fatal(err)
		}
		if got := allOf(t, f); !bytes.Equal(got, content) {
			t.Fatalf("held %v: %d bytes, or others", held, len(got))
		}
		if f.img.seen.shown.Load() != shownBlocks*imageBlock && !held {
			t.Fatalf("%d bytes are shown", f.img.seen.shown.Load())
		}
	}
}

// What is shown is brought in before it is touched, once, and its length is not asked
// for: nobody can make it shorter.
func TestShownPagesAreWarmedOnceAndReadWithoutASystemCall(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDONLY)
	if f.imageMemory().cold == nil {
		t.Skip("platform: temporary files are in memory here")
	}
	got := make([]byte, 300)
	read := func(off int64) {
		t.Helper()
		if _, err := f.ReadAt(got, off); err != nil || !bytes.Equal(got, content[off:off+300]) {
			t.Fatalf("at %d: %v, or other bytes", off, err)
		}
	}
	read(5 * imageBlock)
	if n := f.Stats().Populates; n != 1 {
		t.Fatalf("%d times pages were brought in", n)
	}
	read(5*imageBlock + 1000)
	read(shownBlocks*imageBlock - 200) // partly behind what is shown
	if n := f.Stats().Populates; n != 2 {
		t.Fatalf("%d times pages were brought in", n)
	}
	lent, err := os.OpenFile(osfs.ToNative(f.Name()), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lent.Close()
	if _, err := lent.Write(content[:1000]); err != nil {
		t.Fatal(err)
	}
	read(5 * imageBlock)
	if n := f.Stats().Size; n != int64(len(content)) {
		t.Fatalf("a read of what is shown asked for the length, %d", n)
	}
	if _, err := f.ReadAt(got, int64(len(content))); err != nil || !bytes.Equal(got, content[:300]) {
		t.Fatalf("what the base grew by: %v, or other bytes", err)
	}
}
