package memmapfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

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
	var err error
	switch {
	case f.native != nil && !byBlock || f.access.write || truncate:
		err = f.materialize()
	case f.native != nil:
		err = f.img.showOnly(f)
	}
	if err != nil {
		err = f.withoutMemory(err, truncate)
	}
	if err != nil {
		return errors.Join(err, f.leavePrivate(own))
	}
	if truncate {
		if err := f.emptyImage(); err != nil {
			return errors.Join(err, f.leavePrivate(own))
		}
	}
	return nil
}

func (f *MappedFile) emptyImage() error {
	f.img.gate.Lock()
	defer f.img.gate.Unlock()
	return f.img.truncate(f, 0)
}

// withoutMemory decides what becomes of a handle whose image has no memory, for why:
// one that reads reads what there is, and the changes of one that writes go to a file
// beside. Unless that cannot be either, the handle goes on, and tells why.
func (f *MappedFile) withoutMemory(why error, truncate bool) error {
	var must required
	if f.cfg.Mapping == MapRequire || errors.As(why, &must) {
		return why
	}
	switch {
	case f.access.write || truncate:
		if err := f.img.startBeside(f, why); err != nil {
			return required{err}
		}
	case f.img.store() == nil && f.madeUp(why):
		return why // such files may wait for more, or know no places
	}
	msg := "memmapfs: plain reads instead of a mapping"
	if s := f.img.beside.Load(); s != nil {
		msg, why = "memmapfs: a file for private changes instead of memory", s.why
	}
	f.imageless = why
	f.countRefused(why)
	f.log(slog.LevelWarn, msg, why)
	return nil
}

var errPrivateDAX = errors.New("no DAX for copy-on-write: private changes never reach the device")

// leavePrivate undoes startPrivate, before which f had the length own.
func (f *MappedFile) leavePrivate(own *length) error {
	err := f.fs.leave(f.img)
	f.fs.leaveShown(f.img)
	f.img, f.whole, f.size = nil, nil, own
	f.rd.Store(nil)
	return err
}

// materialize brings a copy-on-write file into memory and does nothing else. mu
// is held, or nobody else has the handle yet.
func (f *MappedFile) materialize() error {
	if f.img == nil || f.whole != nil && f.img.have == nil {
		return nil
	}
	m, err := f.img.load(f)
	if err != nil {
		if f.unshown() != nil {
			err = fmt.Errorf("%w: %w", ErrNotMapped, err)
		}
		return err
	}
	f.whole = m
	if f.access.read && f.img.have == nil {
		f.rd.Store(m)
	}
	return nil
}

// fillImage has the bytes [off, off+n) of an image that comes in block by block in
// memory, to be handed out, once it knows that the base still has them. The image is
// held, and mu.
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
	if f.access.write {
		f.img.mayDiffer(off, n)
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
	st := i.store()
	if st == nil {
		n, err := f.plain().ReadAt(p, off)
		if err != nil && err != io.EOF {
			err = f.closedOr("read", err)
		}
		return n, err
	}
	size := i.size.Load()
	if within := i.seen.shown.Load(); !i.changed.Load() && (off >= within || int64(len(p)) > within-off) {
		var err error
		if size, err = f.learn(); err != nil {
			return 0, f.closedOr("read", err)
		}
	}
	size = min(size, st.length())
	if off >= size {
		return 0, io.EOF
	}
	whole := len(p)
	p = p[:min(int64(len(p)), size-off)]
	var n int
	var err error
	if i.have != nil {
		if m := f.imageMemory(); m != nil {
			f.warmImage(m, off, int64(len(p)))
		}
		if n, err = i.readBlocks(st, f.plain(), p, off); err != nil {
			return n, f.closedOr("read", err)
		}
	} else {
		m := f.imageMemory()
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
	st := i.store()
	if st == nil {
		return off, 0, f.pathError("write", fs.ErrClosed)
	}
	if off > st.length()-int64(len(p)) {
		return off, 0, f.pathError("write", sysx.EFBIG)
	}
	if err = i.begin(f); err != nil {
		return off, 0, f.asPathError("write", err)
	}
	if err = i.fill(st, f.plain(), off, int64(len(p))); err != nil {
		return off, 0, f.closedOr("write", err)
	}
	i.isWritten(off, int64(len(p)))
	if m := f.imageMemory(); m != nil {
		f.warmImage(m, off, int64(len(p))) // a page of which some is written is read before
	}
	n, err = st.write(p, off)
	switch {
	case err == nil:
	case i.beside.Load() != nil:
		err = f.asPathError("write", err)
	default:
		f.stats.faults.Add(1)
		return off, 0, f.pathError("write", f.imageFault(len(p), off, err))
	}
	if n > 0 {
		f.grown(off + int64(n))
	}
	return off, n, err
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
