package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// inBlocks makes images come into memory as on systems where a view would keep
// others from truncating the file.
func inBlocks(t *testing.T) {
	setImages(t, true, false)
}

// shown makes images show their base where there is one, and otherwise as inBlocks.
func shown(t *testing.T) {
	setImages(t, true, true)
}

func setImages(t *testing.T, block, show bool) {
	if !mmap.Supported {
		t.Skip("platform: no file mappings here")
	}
	wasBlock, wasShow := byBlock, showBase
	byBlock, showBase = block, show
	t.Cleanup(func() { byBlock, showBase = wasBlock, wasShow })
}

// inMemory returns how much of an image was copied.
func inMemory(f *MappedFile) (n int64) {
	f.img.have.each(0, int64(len(f.imageMemory().data)), func(_, m int64) { n += m })
	return n
}

func TestAnImageOfBlocksHoldsWhatIsWrittenOrViewed(t *testing.T) {
	inBlocks(t)
	const blocks = 64
	far := int64(1 << 30) // within the room of an image; twice that is beyond
	if !is64 {
		far = 1 << 24
	}
	content := pattern(blocks * imageBlock)
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, os.O_RDWR, content)
	expect := func(blocks int64, after string) {
		t.Helper()
		if got := inMemory(f); got != blocks*imageBlock {
			t.Fatalf("%s: %d blocks are in memory, not %d", after, got/imageBlock, blocks)
		}
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
		t.Fatal(len(got), err)
	}
	expect(0, "reading")
	if _, err := f.WriteAt([]byte("across"), 10*imageBlock-3); err != nil {
		t.Fatal(err)
	}
	expect(2, "a write across an edge")
	v, err := f.View(20*imageBlock, 100)
	if err != nil || !bytes.Equal(v.Bytes(), content[20*imageBlock:][:100]) {
		t.Fatal("the view shows something else", err)
	}
	defer v.Release()
	expect(3, "a view")
	if err := f.Truncate(far); err != nil {
		t.Fatal(err)
	}
	expect(3, "growth")
	if _, err := f.WriteAt([]byte("end"), far-3); err != nil {
		t.Fatal(err)
	}
	expect(4, "a write at the end")
	if _, err := f.WriteAt([]byte("end"), 2*far); !errors.Is(err, sysx.EFBIG) {
		t.Fatalf("beyond the room: %v", err)
	}
	// Nobody is kept from truncating the base: what was not copied is gone then.
	if err := os.Truncate(osfs.ToNative(f.Name()), 15*imageBlock); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAt(make([]byte, 100), 30*imageBlock); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("what the base lost: %v", err)
	}
	got := make([]byte, 6)
	if _, err := f.ReadAt(got, 10*imageBlock-3); err != nil || string(got) != "across" {
		t.Fatalf("%q, %v", got, err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<31)); err != nil || !bytes.Equal(got, content[:15*imageBlock]) {
		t.Fatalf("after Discard: %d bytes, %v", len(got), err)
	}
}

// Whatever is done to an image, and to its base as far as the image knows, the image is what a copy of the
// base would be, made when it was changed first.
func TestAnImageOfBlocksIsACopy(t *testing.T) {
	for name, mode := range map[string]func(*testing.T){"in blocks": inBlocks, "shown": shown, "beside": withoutMemory} {
		t.Run(name, func(t *testing.T) {
			mode(t)
			randomSteps(t)
		})
	}
}

func randomSteps(t *testing.T) {
	const most = 5 * imageBlock
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		base := pattern(r.IntN(most))
		m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
		if err := os.WriteFile(osfs.ToNative(dir+"/file"), base, 0o600); err != nil {
			t.Fatal(err)
		}
		f := open(t, m, dir+"/file", os.O_RDWR)
		if besides := strings.HasSuffix(t.Name(), "beside"); besides != (f.img.beside.Load() != nil) {
			t.Fatalf("in a file: %v", !besides)
		}
		want, changed := bytes.Clone(base), false
		var held []*View
		release := func() {
			for _, v := range held {
				v.Release()
			}
			held = nil
		}
		t.Cleanup(func() { release() })
		for step := range 60 {
			off, p := r.IntN(most), pattern(1+r.IntN(imageBlock*3/2))
			var err error
			op := r.IntN(8)
			switch op {
			case 0:
				if r.IntN(2) == 0 && off < len(base) { // what the base has there anyway
					p = bytes.Clone(base[off:min(len(base), off+len(p))])
				}
				_, err = f.WriteAt(p, int64(off))
				if end := off + len(p); end > len(want) {
					want = append(want, make([]byte, end-len(want))...)
				}
				copy(want[off:], p)
				changed = true
			case 1:
				err = f.Truncate(int64(off))
				want = append(want, make([]byte, max(0, off-len(want)))...)[:off:off]
				changed = true
			case 2:
				err = f.Discard()
				want, changed = bytes.Clone(base), false
			case 3:
				if changed {
					continue // whatever follows depends on what was copied
				}
				base = append(bytes.Clone(base), p...)
				if f.img.seen.shown.Load() == 0 { // what is shown does not become shorter
					base = base[:min(len(base), off)]
				}
				err = errors.Join(rewrite(osfs.ToNative(f.Name()), base), f.Refresh())
				want = bytes.Clone(base)
			case 4:
				if len(want) == 0 || f.img.beside.Load() != nil {
					continue
				}
				from := r.IntN(len(want))
				var v *View
				if v, err = f.View(int64(from), int64(1+r.IntN(len(want)-from))); err == nil {
					if !bytes.Equal(v.Bytes(), want[from:][:len(v.Bytes())]) {
						t.Fatalf("seed %d, step %d: a view shows something else", seed, step)
					}
					if held = append(held, v); r.IntN(2) == 0 {
						release() // else they keep what is shown in place, for now
					}
				}
			case 5:
				if showBase && r.IntN(4) == 0 {
					if err = f.img.hideAlone(); errors.Is(err, errShown) {
						release()
						err = f.img.hideAlone()
					}
				}
			default:
				got := make([]byte, len(p))
				var n int
				n, err = f.ReadAt(got, int64(off))
				if err == io.EOF {
					err = nil
				}
				if expected := want[min(off, len(want)):min(off+len(p), len(want))]; !bytes.Equal(got[:n], expected) {
					t.Fatalf("seed %d, step %d: read %d bytes at %d, of %d", seed, step, n, off, len(want))
				}
			}
			if err != nil {
				t.Fatalf("seed %d, step %d, operation %d: %v", seed, step, op, err)
			}
		}
		if got := contentOf(t, f); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %d bytes at the end, not %d, or others", seed, len(got), len(want))
		}
		if got := f.Data(); f.img.beside.Load() == nil && !bytes.Equal(got, want) {
			t.Fatalf("seed %d: Data shows %d bytes, not %d, or others", seed, len(got), len(want))
		}
	}
}

// rewrite gives the named file another content, and never a length below that meanwhile.
func rewrite(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(content, 0)
	if info, serr := file.Stat(); err == nil && serr == nil && info.Size() > int64(len(content)) {
		err = file.Truncate(int64(len(content)))
	}
	return errors.Join(err, file.Close())
}
