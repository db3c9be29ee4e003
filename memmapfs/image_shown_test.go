package memmapfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
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
	if f.img.seen.shown != shownBlocks*imageBlock {
		t.Fatalf("%d bytes are shown", f.img.seen.shown)
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
	if err := f.img.hideAlone(); err != nil || f.img.seen.shown != 0 {
		t.Fatalf("%d bytes are shown: %v", f.img.seen.shown, err)
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
	f.img.seen.written.each(0, f.img.seen.shown, func(off, n int64) { t.Errorf("%d bytes at %d", n, off) })
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

// An image that no handle uses keeps nobody from truncating and removing the base.
func TestAnIdleImageLeavesTheBaseAlone(t *testing.T) {
	shown(t)
	for name, withView := range map[string]bool{"closed": false, "closed with a view": true} {
		t.Run(name, func(t *testing.T) {
			f, content := imageFile(t, os.O_RDWR)
			if _, err := f.WriteAt([]byte("kept"), imageBlock); err != nil {
				t.Fatal(err)
			}
			copy(content[imageBlock:], "kept")
			release := func() {}
			if withView {
				v, err := f.View(0, 10)
				if err != nil {
					t.Fatal(err)
				}
				release = v.Release
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			release()
			if n := f.img.seen.shown; n != 0 {
				t.Fatalf("%d bytes of a file that was closed are shown", n)
			}
			if n := len(viewed.of(f.id, nil)); n != 0 {
				t.Fatalf("%d images are listed", n)
			}
			g := again(t, f, os.O_RDONLY)
			if got := allOf(t, g); !bytes.Equal(got, content) {
				t.Fatal("the image shows something else when it is opened again")
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
			native := osfs.ToNative(f.Name())
			if err := errors.Join(os.Truncate(native, 5), os.Remove(native)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Whoever looks at the image when its last view is released only delays that.
func TestAnIdleImageThatIsBusyLeavesTheBaseAlone(t *testing.T) {
	shown(t)
	f, _ := imageFile(t, os.O_RDWR)
	if _, err := f.WriteAt([]byte("kept"), imageBlock); err != nil {
		t.Fatal(err)
	}
	v, err := f.View(0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.img.gate.RLock()
	var releasing sync.WaitGroup
	releasing.Go(v.Release)
	time.Sleep(10 * time.Millisecond)
	f.img.gate.RUnlock()
	releasing.Wait()
	if n := f.img.seen.shown; n != 0 {
		t.Fatalf("%d bytes of a file that was closed are shown", n)
	}
}

// A handle that is dropped uses its image no more, as one that is closed.
func TestADroppedHandleLeavesItsImage(t *testing.T) {
	for name, mode := range map[string]func(*testing.T){"mapped": func(*testing.T) {}, "shown": shown, "beside": withoutMemory} {
		t.Run(name, func(t *testing.T) {
			mode(t)
			m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
			if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(3*imageBlock), 0o600); err != nil {
				t.Fatal(err)
			}
			images := func() (n int, of *image) {
				m.mu.Lock()
				defer m.mu.Unlock()
				for _, i := range m.images {
					of = i
				}
				return len(m.images), of
			}
			use := func(write bool) {
				file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				if write {
					if _, err := file.WriteAt([]byte("kept"), 5); err != nil {
						t.Fatal(err)
					}
				}
				file.(*MappedFile).Data()
			}
			use(false)
			collected(t, "the image goes", func() bool { n, _ := images(); return n == 0 })
			use(true)
			_, i := images()
			collected(t, "the image shows nothing", func() bool {
				m.mu.Lock()
				defer m.mu.Unlock()
				i.mu.Lock()
				defer i.mu.Unlock()
				return i.refs == 0 && i.seen.shown == 0
			})
			got := make([]byte, 4)
			f := open(t, m, dir+"/file", os.O_RDONLY)
			if _, err := f.ReadAt(got, 5); err != nil || string(got) != "kept" {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
}

// Handles of one file come and go, use it in all ways, and leave it to others.
func TestHandlesOfAnImageComeAndGo(t *testing.T) {
	for name, mode := range map[string]func(*testing.T){"mapped": func(*testing.T) {}, "in blocks": inBlocks, "shown": shown, "beside": withoutMemory} {
		t.Run(name, func(t *testing.T) {
			mode(t)
			m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
			const files = 100
			for n := range files {
				if err := os.WriteFile(osfs.ToNative(fmt.Sprint(dir, "/", n)), pattern(3*imageBlock+77), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var workers sync.WaitGroup
			for w := range 4 {
				workers.Go(func() {
					r := rand.New(rand.NewPCG(uint64(w), 5))
					for n := range 3 * files {
						if err := useImage(m, fmt.Sprint(dir, "/", n/3), r); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			workers.Wait()
			for _, i := range m.images {
				if i.refs != 0 || i.seen.shown != 0 || len(i.seen.lent) != 0 {
					t.Errorf("%d handles, %d bytes shown, lent by %d", i.refs, i.seen.shown, len(i.seen.lent))
				}
			}
		})
	}
}

func useImage(m *MemMapFS, name string, r *rand.Rand) error {
	flags := []int{os.O_RDONLY, os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_TRUNC, os.O_WRONLY | os.O_APPEND}
	file, err := m.OpenFile(name, flags[r.IntN(len(flags))]|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if r.IntN(30) == 0 {
		_ = m.Remove(name) // not everywhere while it is open
	}
	f := file.(*MappedFile)
	for range r.IntN(5) { // many of which the handle does not allow
		switch off := int64(r.IntN(4 * imageBlock)); r.IntN(8) {
		case 0:
			_, _ = f.WriteAt(pattern(100), off)
		case 1:
			_, _ = f.ReadAt(make([]byte, imageBlock), off)
		case 2:
			_ = f.Truncate(off)
		case 3:
			_ = f.Discard()
		case 4:
			if v, err := f.View(off, 10); err == nil {
				defer v.Release()
			}
		case 5:
			f.Data()
		case 6:
			_ = f.LockMemory(off, 100)
			f.Stats()
		default:
			_ = f.Refresh()
		}
	}
	return f.Close()
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
		if f.img.seen.shown != shownBlocks*imageBlock && !held {
			t.Fatalf("%d bytes are shown", f.img.seen.shown)
		}
	}
}

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
	if f.img.seen.shown == 0 {
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
		if f.img.seen.shown != 0 {
			t.Fatalf("%d bytes are shown", f.img.seen.shown)
		}
		if got := allOf(t, f); !bytes.Equal(got, content) {
			t.Fatalf("read %d other bytes", len(got))
		}
		if flag == os.O_RDONLY && f.imageMemory() != nil {
			t.Fatal("a handle that only reads took memory")
		}
	}
}
