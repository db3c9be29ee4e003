package memmapfs

import (
	"errors"
	"io"
	"io/fs"
	"math"

	"github.com/absfs/shmkit/internal/sysx"
)

func (f *MappedFile) private() bool { return f.img != nil }

// startPrivate attaches f to the image of its file.
func (f *MappedFile) startPrivate(info fs.FileInfo, truncate bool) error {
	if f.cfg.DAX {
		return required{errPrivateDAX}
	}
	own := f.size
	f.img = f.fs.imageOf(f, info)
	f.size = &f.img.size
	f.pos.Store(0)
	if f.native != nil && !byBlock || f.access.write || truncate {
		if err := f.materialize(); err != nil {
			err = errors.Join(err, f.leavePrivate(own))
			if f.access.write || truncate {
				// Nowhere but in memory may a private write go.
				return required{err}
			}
			return err
		}
	}
	if truncate {
		f.img.gate.Lock()
		defer f.img.gate.Unlock()
		if err := f.img.truncate(f, 0); err != nil {
			return errors.Join(err, f.leavePrivate(own))
		}
	}
	return nil
}

var errPrivateDAX = errors.New("no DAX for copy-on-write: private changes never reach the device")

// leavePrivate undoes startPrivate, before which f had the length own.
func (f *MappedFile) leavePrivate(own *length) error {
	err := f.leaveImage()
	f.img, f.whole, f.size = nil, nil, own
	f.rd.Store(nil)
	return err
}

// materialize brings a copy-on-write file into memory and does nothing else. mu
// is held, or nobody else has the handle yet.
func (f *MappedFile) materialize() error {
	if f.img == nil || f.whole != nil {
		return nil
	}
	m, err := f.img.load(f)
	if err != nil {
		return err
	}
	f.whole = m
	if f.access.read && f.img.have == nil {
		f.rd.Store(m)
	}
	return nil
}

// fillImage has the bytes [off, off+n) of an image that is copied block by block
// in memory, once it knows that the base still has them. mu is held.
func (f *MappedFile) fillImage(off, n int64) error {
	if f.img == nil || f.whole == nil || f.img.have == nil {
		return nil
	}
	size, err := f.learnLocked()
	if err != nil {
		return err
	}
	if n > size-off {
		return outside(off, n, size)
	}
	return f.img.fill(f.whole, f.plain(), off, n)
}

// imageMemory returns the image's memory, nil while the image is only its base.
func (f *MappedFile) imageMemory() *mapping { return f.img.m.Load() }

// readImage reads from the image. p is not empty.
func (f *MappedFile) readImage(p []byte, off int64) (int, error) {
	i := f.img
	i.gate.RLock()
	defer i.gate.RUnlock()
	m := f.imageMemory()
	if m == nil {
		n, err := f.plain().ReadAt(p, off)
		if err != nil && err != io.EOF {
			err = f.closedOr("read", err)
		}
		return n, err
	}
	size := i.size.Load()
	if !i.changed.Load() {
		var err error
		if size, err = f.learn(); err != nil {
			return 0, f.closedOr("read", err)
		}
	}
	size = min(size, int64(len(m.data)))
	if off >= size {
		return 0, io.EOF
	}
	whole := len(p)
	p = p[:min(int64(len(p)), size-off)]
	var n int
	var err error
	if i.have != nil {
		if n, err = i.readBlocks(m, f.plain(), p, off); err != nil {
			return n, f.closedOr("read", err)
		}
	} else {
		f.warmImage(m, off, int64(len(p)))
		if n, err = m.copyOut(p, off); err != nil {
			return f.readFaulted(p, off, err)
		}
	}
	if n < whole {
		return n, io.EOF
	}
	return n, nil
}

// writeImage writes to the image and makes it longer if need be; appending is
// at the end of the image, whatever off says. It returns where it wrote.
func (f *MappedFile) writeImage(p []byte, off int64, appending bool) (at int64, n int, err error) {
	i := f.img
	if appending {
		i.gate.Lock()
		defer i.gate.Unlock()
	} else {
		i.gate.RLock()
		defer i.gate.RUnlock()
	}
	if !i.changed.Load() { // the last moment to follow the base
		if _, err := f.learn(); err != nil {
			return off, 0, f.closedOr("write", err)
		}
	}
	if appending {
		off = i.size.Load()
	}
	m := f.imageMemory()
	if m == nil {
		return off, 0, f.pathError("write", fs.ErrClosed)
	}
	if off > math.MaxInt64-int64(len(p)) || !m.covers(off, len(p)) {
		return off, 0, f.pathError("write", sysx.EFBIG)
	}
	if err = i.begin(f); err != nil {
		return off, 0, f.asPathError("write", err)
	}
	if err = i.fill(m, f.plain(), off, int64(len(p))); err != nil {
		return off, 0, f.closedOr("write", err)
	}
	f.warmImage(m, off, int64(len(p))) // a page of which some is written is read before
	n, err = m.copyIn(p, off)
	if err != nil {
		f.stats.faults.Add(1)
		return off, 0, f.pathError("write", f.imageFault(len(p), off, err))
	}
	f.grown(off + int64(n))
	return off, n, nil
}

// Discard drops every private change of a copy-on-write file, also those of
// other handles of it, and shows the base again. Views and slices keep their
// addresses. It returns ErrNotPrivate on other files.
func (f *MappedFile) Discard() error {
	switch {
	case f.closed.Load():
		return f.pathError("discard", fs.ErrClosed)
	case f.img == nil:
		return f.pathError("discard", ErrNotPrivate)
	}
	f.img.gate.Lock()
	defer f.img.gate.Unlock()
	if err := f.img.discard(f); err != nil {
		return f.asPathError("discard", err)
	}
	return nil
}
