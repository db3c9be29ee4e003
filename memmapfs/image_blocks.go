package memmapfs

import (
	"errors"
	"io"

	"github.com/absfs/shmkit/internal/mmap"
)

// byBlock says that images come into memory block by block, where no map reaches
// past the end of a file and none can be cut short. What is there from the beginning
// is shown, see shownBase; the rest comes when it is written or viewed. What is not
// in memory is read from the base, and is zeros behind its end. Tests set it.
var byBlock = !mmap.Coherent

const (
	imageShift = 16
	imageBlock = 1 << imageShift
)

// startBlocks takes memory for an image, in which the base is shown where it can be.
// mu is held.
func (i *image) startBlocks(f *MappedFile) (*mapping, error) {
	size := i.size.Load()
	m, shown, err := roomShowing(f, size)
	if err != nil {
		m, err = roomFor(size)
	}
	if err != nil {
		return nil, err
	}
	if err := f.prepareWithout(errInBlocks); err != nil {
		return nil, joinRetire(err, m)
	}
	if err := i.begins(f, size, shown); err != nil {
		return nil, joinRetire(err, m)
	}
	return m, nil
}

// begins has the image be size bytes of the base, of which the first are shown. It
// changes nothing where it fails.
func (i *image) begins(f *MappedFile, size, shown int64) error {
	if err := i.seen.start(i, f, shown); err != nil {
		return err
	}
	if i.have == nil {
		i.have = &blockSet{shift: imageShift}
	}
	i.have.take(func(int64, int64) {})
	i.have.add(0, shown)
	i.edge = size
	return nil
}

// fill has the blocks that [off, off+n) touches in st, which covers them.
func (i *image) fill(st blockStore, base io.ReaderAt, off, n int64) error {
	if i.have == nil || n <= 0 || i.have.has(off, int(n)) {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for lo := off &^ (imageBlock - 1); lo < off+n; lo += imageBlock {
		if i.have.has(lo, 1) {
			continue
		}
		end := min(lo+imageBlock, st.length())
		if err := st.commit(lo, end-lo); err != nil {
			return err
		}
		if err := st.fetch(base, lo, min(end, i.edge)); err != nil {
			_ = st.zero(lo, end) // as all that is not there; err says what is wrong
			return err
		}
		i.have.add(lo, 1)
	}
	return nil
}

// mayDiffer notes that [off, off+n) may differ from the base.
func (i *image) mayDiffer(off, n int64) {
	if i.have != nil && n > 0 {
		i.seen.written.add(off, n)
	}
}

// isWritten notes that [off, off+n) is the image's own, be it as in the base.
func (i *image) isWritten(off, n int64) {
	i.mayDiffer(off, n)
	if i.have != nil && n > 0 {
		i.seen.own.add(off, n)
	}
}

// readWhole reads bytes that the base had when it was last asked for its length.
func readWhole(base io.ReaderAt, p []byte, off int64) error {
	_, err := io.ReadFull(io.NewSectionReader(base, off, int64(len(p))), p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// readBlocks reads from st what is there and from the base what is not. The range
// lies in the image.
func (i *image) readBlocks(st blockStore, base io.ReaderAt, p []byte, off int64) (done int, err error) {
	for done < len(p) {
		at := off + int64(done)
		here := i.have.has(at, 1)
		end := at&^(imageBlock-1) + imageBlock
		for end < off+int64(len(p)) && i.have.has(end, 1) == here {
			end += imageBlock
		}
		part := p[done:min(int64(len(p)), end-off)]
		if here {
			err = st.read(part, at)
		} else {
			err = i.readBase(base, part, at)
		}
		if err != nil {
			return done, err
		}
		done += len(part)
	}
	return done, nil
}

func (i *image) readBase(base io.ReaderAt, p []byte, off int64) error {
	i.mu.Lock()
	edge := i.edge
	i.mu.Unlock()
	n := max(0, min(int64(len(p)), edge-off))
	clear(p[n:])
	if n == 0 {
		return nil
	}
	return readWhole(base, p[:n], off)
}

// cut makes the image end at size, where the base shows no more, whatever it grows
// to. Old is where it ended. gate is held alone.
func (i *image) cut(size, old int64) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.seen.shown.Load()-size >= muchShown {
		// Zeros in place of what is shown would be copies of every page. Where the view
		// must stay, they are.
		_ = i.hide()
	}
	return i.cutLocked(i.store(), size, old)
}

func (i *image) cutLocked(st blockStore, size, old int64) error {
	i.edge = min(i.edge, size)
	i.mayDiffer(size, min(old, i.seen.shown.Load())-size)
	if s := i.beside.Load(); s != nil {
		return s.cut(size) // zeros take room on a disk that may be full
	}
	var err error
	i.have.each(size, max(0, old-size), func(off, n int64) {
		if cerr := st.zero(max(off, size), off+n); err == nil {
			err = cerr
		}
	})
	return err
}

// reachBlocks is reach for an image of blocks, which shrinks with its base too.
// mu is held.
func (i *image) reachBlocks(st blockStore, base io.ReaderAt, size int64) error {
	if size < i.edge {
		return i.cutLocked(st, size, i.edge)
	}
	var err error
	i.have.each(i.edge, size-i.edge, func(off, n int64) {
		if err == nil {
			err = st.fetch(base, max(off, i.edge), off+n)
		}
	})
	if err == nil {
		i.edge = size
	}
	return err
}

// refill shows the base, now size bytes long. Where views may be, what is in memory
// stays there and is read again. gate is held alone, and mu.
func (i *image) refill(f *MappedFile, base io.ReaderAt, size int64) error {
	if s := i.beside.Load(); s != nil {
		return errors.Join(s.empty(), i.begins(f, size, 0))
	}
	m := i.m.Load()
	if !i.heldInPlace() {
		if fresh, shown, err := roomShowing(f, size); err == nil {
			if err := i.begins(f, size, shown); err != nil {
				return joinRetire(err, fresh)
			}
			i.m.Store(fresh)
			return m.retire()
		}
	}
	var err error
	i.eachOwn(int64(len(m.data)), func(off, n int64) {
		if err == nil {
			err = m.fetch(base, off, min(off+n, size))
		}
		if behind := max(off, size); err == nil && behind < off+n {
			err = m.zero(behind, off+n)
		}
	})
	i.edge = size
	return err
}
