package memmapfs

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/absfs/osfs"
)

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
			if n := f.img.seen.shown.Load(); n != 0 {
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
	if n := f.img.seen.shown.Load(); n != 0 {
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
				return i.refs == 0 && i.seen.shown.Load() == 0
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
			const files = 25 // emulators pay for addresses in memory
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
				if i.refs != 0 || i.seen.shown.Load() != 0 || len(i.seen.lent) != 0 {
					t.Errorf("%d handles, %d bytes shown, lent by %d", i.refs, i.seen.shown.Load(), len(i.seen.lent))
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
