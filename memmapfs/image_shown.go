package memmapfs

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"weak"

	"github.com/absfs/shmkit/internal/mmap"
)

// showBase says that an image that comes in block by block shows its base from the
// beginning, through a copy-on-write view of all whole blocks. A file of which there
// is a view cannot be truncated by anybody there. The process itself ends the view
// when it truncates the base (hide), as it does with every other view; nothing but
// what was written is copied. Tests set it.
var showBase = byBlock

// muchShown is what a truncated image need not copy.
const muchShown = 1 << 20

// shownBase is the view of its base that an image of blocks has at its beginning. mu
// of the image guards it, but for written.
type shownBase struct {
	shown   atomic.Int64                          // bytes, whole blocks; 0: there is no view
	lent    map[weak.Pointer[MappedFile]]struct{} // that gave Data out, or locked memory
	written blockSet                              // blocks that may differ from the base, among others
	own     blockSet                              // those that were written by a call
	from    *os.File                              // what is shown
	listed  runtime.Cleanup
	id      mmap.FileID
	known   bool // id is
}

// viewed lists the images that show files.
var viewed listByFile[image]

var errShown = errors.New("views, Data or locked memory of a copy-on-write handle show the file")

// roomShowing is roomFor with a view of the base at the beginning: of how many bytes
// it tells.
func roomShowing(f *MappedFile, size int64) (*mapping, int64, error) {
	shown := size &^ (imageBlock - 1)
	if !showBase || f.native == nil || shown == 0 || shown > maxInt {
		return nil, 0, errors.ErrUnsupported
	}
	data, err := roomAround(roundUp(size, int64(mmap.PageSize())), func(n int) ([]byte, error) {
		return mmap.PrivateRoom(f.native, int(shown), n)
	})
	if err != nil {
		return nil, 0, err
	}
	m, err := memoryIn(data, int(shown), f.coldSet(), register(data[:shown], f.name))
	if err != nil {
		return nil, 0, err
	}
	f.bring(data[:shown], 0)
	if m.cold != nil && (f.cfg.Preload || f.cfg.PopulatePages) {
		m.touched(0, shown)
	}
	return m, shown, nil
}

// showOnly shows the base to a handle that writes nothing, if that can be had: else it
// reads plainly, needs no memory, and the error says why.
func (i *image) showOnly(f *MappedFile) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s := i.beside.Load(); s != nil {
		return s.why
	}
	if i.m.Load() != nil || f.cfg.LockMemory {
		f.stats.inherit(i.lack)
		return nil
	}
	size := i.size.Load()
	m, shown, err := roomShowing(f, size)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.prepareWithout(errInBlocks), i.begins(f, size, shown)); err != nil {
		return joinRetire(err, m)
	}
	i.lack = f.stats.unmet()
	i.m.Store(m)
	return nil
}

// start notes what is shown of the base.
func (s *shownBase) start(i *image, f *MappedFile, shown int64) error {
	var from *os.File
	if shown > 0 {
		var err error
		if from, err = mmap.Duplicate(f.native); err != nil {
			return required{err}
		}
	}
	s.end(i)
	for _, set := range []*blockSet{&s.written, &s.own} {
		set.shift = imageShift
		set.take(func(int64, int64) {})
	}
	if shown == 0 {
		return nil
	}
	s.shown.Store(shown)
	s.from, s.id, s.known = from, f.id, f.identified
	if s.known {
		s.listed = viewed.add(s.id, i)
	}
	return nil
}

// end notes that nothing is shown any more.
func (s *shownBase) end(i *image) {
	if s.shown.Swap(0) == 0 {
		return
	}
	s.from.Close()
	s.from = nil
	if s.known {
		s.listed.Stop()
		viewed.remove(s.id, i)
	}
}

// heldInPlace reports whether somebody has slices of the image's memory, or locked it.
// mu is held.
func (i *image) heldInPlace() bool { return len(i.seen.lent) > 0 || i.m.Load().pinned() }

// eachOwn calls fn for what is in memory up to end and not merely shown. mu is held.
func (i *image) eachOwn(end int64, fn func(off, n int64)) {
	i.seen.written.each(0, min(i.seen.shown.Load(), end), fn)
	if behind := i.seen.shown.Load(); behind < end {
		i.have.each(behind, end-behind, fn)
	}
}

// hide moves what the image has of its own to other memory and ends the view of the
// base. gate is held alone, and mu.
func (i *image) hide() error {
	m := i.m.Load()
	switch {
	case i.seen.shown.Load() == 0:
		return nil
	case i.heldInPlace():
		return errShown
	}
	data, err := mmap.Reserve(len(m.data))
	if err != nil {
		return err
	}
	fresh, err := memoryIn(data, 0, nil, func() {})
	if err != nil {
		return err
	}
	var moved []run
	scratch := make([]byte, 2*imageBlock)
	i.eachOwn(i.size.Load(), func(off, n int64) {
		for end := off + n; off < end && err == nil; off += imageBlock {
			if i.asBase(m, off, scratch) {
				continue
			}
			block := min(imageBlock, int64(len(m.data))-off)
			if err = fresh.commit(off, block); err == nil {
				_, err = m.copyOut(fresh.data[off:off+block], off)
			}
			moved = append(moved, run{off, block})
		}
	})
	if err != nil {
		return joinRetire(err, fresh)
	}
	i.seen.end(i)
	i.have.take(func(int64, int64) {})
	for _, r := range moved {
		i.have.add(r.off, r.n)
	}
	i.m.Store(fresh)
	return m.retire()
}

// asBase reports whether the block at off is shown, was not written, and is still as the
// base has it, which is read only up to edge.
func (i *image) asBase(m *mapping, off int64, scratch []byte) bool {
	if off+imageBlock > min(i.seen.shown.Load(), i.edge) || i.seen.own.has(off, 1) {
		return false
	}
	there, here := scratch[:imageBlock], scratch[imageBlock:]
	if n, _ := i.seen.from.ReadAt(there, off); n < imageBlock {
		return false
	}
	_, err := m.copyOut(here, off)
	return err == nil && bytes.Equal(there, here)
}

// hideAlone is hide for callers who hold nothing.
func (i *image) hideAlone() error {
	i.gate.Lock()
	defer i.gate.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hide()
}

// lend notes that the memory of the image must stay where it is until f is closed or
// dropped.
func (i *image) lend(f *MappedFile) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.seen.lent == nil {
		i.seen.lent = make(map[weak.Pointer[MappedFile]]struct{})
	}
	i.seen.lent[weak.Make(f)] = struct{}{}
}

// takeBack ends lend.
func (i *image) takeBack(p weak.Pointer[MappedFile]) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.seen.lent, p)
}

// imageHold keeps the memory of an image, of none if nil, where it is.
type imageHold struct{ i *image }

// holdImage is called before mu is taken.
func (f *MappedFile) holdImage() imageHold {
	if f.img != nil {
		f.img.gate.RLock()
	}
	return imageHold{f.img}
}

func (h imageHold) release() {
	if h.i != nil {
		h.i.gate.RUnlock()
	}
}
