package memmapfs

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// To write zeros over all that is cut off would copy all of it.
func TestTruncatingAnImageCopiesNothing(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	if err := f.Truncate(5); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(content))); err != nil {
		t.Fatal(err)
	}
	if got := inMemory(f); got != 0 {
		t.Fatalf("%d blocks are in memory", got/imageBlock)
	}
	want := append(bytes.Clone(content[:5]), make([]byte, len(content)-5)...)
	if got := allOf(t, f); !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, or others", len(got))
	}
}

func TestImagesChangePlaceUnderReadersAndWriters(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 3))
			for {
				select {
				case <-stop:
					return
				default:
				}
				// Each writes what the base has anyway, so that everybody knows what to read.
				off := r.IntN(len(content) - 300)
				got := content[off : off+300]
				var err error
				switch r.IntN(4) {
				case 0:
					_, err = f.WriteAt(got, int64(off))
				case 1:
					var v *View
					if v, err = f.View(int64(off), 300); err == nil {
						got = bytes.Clone(v.Bytes())
						v.Release()
					}
				case 2:
					err = f.AdviseRange(int64(off), 300, AdviceWillNeed)
					if errors.Is(err, errors.ErrUnsupported) {
						err = nil
					}
				default:
					got = make([]byte, 300)
					_, err = f.ReadAt(got, int64(off))
				}
				if err != nil || !bytes.Equal(got, content[off:off+300]) {
					t.Errorf("at %d: %v, or other bytes", off, err)
					return
				}
			}
		})
	}
	for hidden := 0; hidden < 50 && !t.Failed(); { // a view may be out
		switch err := f.img.hideAlone(); {
		case err == nil:
			hidden++
		case !errors.Is(err, errShown):
			t.Error(err)
		}
		if err := f.Discard(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	workers.Wait()
}

// What was cut off and written again is the image's, also where it is what the base has.
func TestAnImageWrittenAsItsBaseOutlivesTheView(t *testing.T) {
	shown(t)
	content := pattern(3 * imageBlock)
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, os.O_RDWR, content)
	if err := f.Truncate(imageBlock + 100); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content[imageBlock+100:], imageBlock+100); err != nil {
		t.Fatal(err)
	}
	if f.img.seen.shown.Load() == 0 {
		t.Fatal("nothing is shown any more")
	}
	if err := f.img.hideAlone(); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, f); !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, or others", len(got))
	}
}

// A Discard that lacks a descriptor has done nothing.
func TestADiscardThatFailsLeavesAnImageAsItIs(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	copy(content[imageBlock:], "kept")
	if _, err := f.WriteAt([]byte("kept"), imageBlock); err != nil {
		t.Fatal(err)
	}
	record(t).failing(mmap.OpOpen, fs.ErrPermission)
	if err := f.Discard(); !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	mmap.SetHook(nil)
	for range 2 {
		if got := allOf(t, f); !bytes.Equal(got, content) {
			t.Fatal("the image shows something else")
		}
		if err := f.img.hideAlone(); err != nil {
			t.Fatal(err)
		}
	}
}

// Memory that somebody has locked stays where it is, and locked.
func TestLockedMemoryOfAnImageStaysInPlace(t *testing.T) {
	shown(t)
	f, content := imageFile(t, os.O_RDWR)
	if err := f.LockMemory(imageBlock, 10); err != nil {
		t.Skip("platform: no memory can be locked here:", err)
	}
	m := f.imageMemory()
	if _, err := f.WriteAt([]byte("gone"), imageBlock); err != nil {
		t.Fatal(err)
	}
	if err := f.img.hideAlone(); !errors.Is(err, errShown) {
		t.Fatal(err)
	}
	if err := f.Truncate(5); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, f); !bytes.Equal(got, content) || f.imageMemory() != m {
		t.Fatalf("%d bytes, or others, or elsewhere", len(got))
	}
}

// Whoever opens a file first, each handle says what the config asks for in vain.
func TestHandlesSayWhatAnImageThatIsShownCannotHave(t *testing.T) {
	shown(t)
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite, NoDump: true}, os.O_RDONLY, pattern(2*imageBlock))
	for flag, g := range map[string]*MappedFile{"the first": f, "a reader": again(t, f, os.O_RDONLY), "a writer": again(t, f, os.O_RDWR)} {
		if s := g.Stats(); s.Refusals["no dump"] == "" {
			t.Errorf("%s: %v", flag, s.Refusals)
		}
	}
}

// A base that cannot be shown is read, and copied block by block.
func TestAnImageThatCannotShowItsBaseReadsIt(t *testing.T) {
	shown(t)
	restore := mmap.SetHook(func(c mmap.Call) error {
		if c.Op == mmap.OpMap && c.Name != "" {
			return fs.ErrPermission
		}
		return nil
	})
	defer restore()
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR} {
		m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
		content := pattern(shownBlocks*imageBlock + 100)
		if err := os.WriteFile(osfs.ToNative(dir+"/file"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, m, dir+"/file", flag)
		if s := f.Stats(); s.Mapped != (flag == os.O_RDWR) || s.Mapped == (s.Why != "") {
			t.Errorf("flag %#x: %+v", flag, s)
		}
		if f.img.seen.shown.Load() != 0 {
			t.Fatalf("%d bytes are shown", f.img.seen.shown.Load())
		}
		if got := allOf(t, f); !bytes.Equal(got, content) {
			t.Fatalf("read %d other bytes", len(got))
		}
		if flag == os.O_RDONLY && f.imageMemory() != nil {
			t.Fatal("a handle that only reads took memory")
		}
	}
}
