package memmapfs

import (
	"io"
	"io/fs"
	"math"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
	"github.com/absfs/shmkit/internal/trap"
)

// ReadAt reads len(p) bytes from off, as [io.ReaderAt] says. It takes no lock,
// makes no system call when the pages are in memory, and allocates nothing.
func (f *MappedFile) ReadAt(p []byte, off int64) (int, error) {
	if len(p) <= longestLook && canLook && look(f, p, off) {
		return len(p), nil
	}
	return f.readAt(p, off)
}

// readAt is ReadAt for all that look does not find.
func (f *MappedFile) readAt(p []byte, off int64) (int, error) {
	m := f.rd.Load()
	end := off + int64(len(p))
	if off < 0 || off >= end || end > f.size.Load() || len(p) >= largeRead {
		return f.readChecked(p, off)
	}
	if m == nil {
		// The likeliest case of readHinted is written out here, for its call is a
		// third of what a small read costs.
		w := f.look
		if w == nil || !mmap.Coherent {
			return f.readChecked(p, off)
		}
		s := w.hints[uint64(off)>>(w.shift&63)&w.hintMask].Load()
		gen := s.gen.Load()
		start := off - s.start.Load()
		end := start + int64(len(p))
		if start >= 0 && end <= s.warm.Load() && s.used.Load() != 0 && len(p) <= trap.Longest && trapped {
			if trap.CopyCounted(p, s.data[start:end], &w.hits) == 0 && s.gen.Load() == gen {
				runtime.KeepAlive(w)
				return len(p), nil
			}
		} else if w.readHinted(p, off) {
			return len(p), nil
		}
		return f.readChecked(p, off)
	}
	if end <= m.warm.Load() || m.ready(off, len(p)) {
		// What copyOut does first, here because its call is a fifth of a small read.
		if len(p) <= trap.Longest && trapped && trap.Copy(p, m.data[off:end]) == 0 {
			runtime.KeepAlive(m)
			return len(p), nil
		}
		n, err := m.copyOut(p, off)
		if err == nil {
			return n, nil
		}
		return f.readFaulted(p, off, err)
	}
	return f.readChecked(p, off)
}

// readChecked sorts out the arguments that need no reading.
func (f *MappedFile) readChecked(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, f.pathError("readat", errNegativeOffset)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !mmap.Coherent {
		f.gate.RLock()
		defer f.gate.RUnlock()
	}
	return f.readSlow(p, off)
}

// readSlow does everything ReadAt's short way leaves over. p is not empty and
// off not negative.
func (f *MappedFile) readSlow(p []byte, off int64) (int, error) {
	switch {
	case f.closed.Load():
		return 0, f.pathError("read", fs.ErrClosed)
	case !f.access.read:
		return 0, f.pathError("read", sysx.EBADF)
	case !f.mapped():
		return f.plain().ReadAt(p, off)
	case f.img != nil:
		return f.readImage(p, off)
	}
	size := f.size.Load()
	if off >= size || int64(len(p)) > size-off {
		var err error
		if size, err = f.learn(); err != nil {
			return 0, f.closedOr("read", err)
		}
		if off >= size {
			if off > math.MaxInt64-int64(len(p)) { // some kernels refuse that, others say it is the end
				return f.plain().ReadAt(p, off)
			}
			return 0, io.EOF
		}
	}
	whole := len(p)
	p = p[:min(int64(len(p)), size-off)]
	n, err := f.readMapped(p, off)
	if err == nil && n < whole {
		err = io.EOF
	}
	return n, err
}

// readMapped reads bytes that lie within the file's known length.
func (f *MappedFile) readMapped(p []byte, off int64) (int, error) {
	if len(p) >= largeRead {
		return f.readLarge(p, off)
	}
	if f.win != nil {
		return f.win.readPinned(p, off)
	}
	m, err := f.mappingFor(off, len(p))
	if err != nil {
		return 0, f.closedOr("read", err)
	}
	if m == nil {
		return f.readPlain(p, off)
	}
	f.warmUp(m, off, int64(len(p)))
	n, err := m.copyOut(p, off)
	if err != nil {
		return f.readFaulted(p, off, err)
	}
	return n, nil
}

// mappingFor returns a mapping that reaches to off+n, after mapping anew when
// the file has outgrown the one there is; nil when that cannot be had.
func (f *MappedFile) mappingFor(off int64, n int) (*mapping, error) {
	if m := f.rd.Load(); m != nil && m.covers(off, n) {
		return m, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return nil, fs.ErrClosed
	}
	if m := f.whole; m != nil {
		if m.covers(off, n) {
			return m, nil
		}
		if !mmap.Coherent && f.size.Load() < 2*int64(len(m.data)) {
			return nil, nil // mapping for every step of growth costs more than it brings
		}
	}
	if err := f.remap(0); err != nil {
		f.refused(err)
		return nil, nil
	}
	return f.whole, nil
}

// readPlain reads through the descriptor bytes that should be there: what the
// maps do not reach, and what is so much that the kernel's copy may be faster.
func (f *MappedFile) readPlain(p []byte, off int64) (int, error) {
	f.stats.plainReads.Add(1)
	n, err := f.native.ReadAt(p, off)
	switch {
	case err == io.EOF: // the file was truncated meanwhile
		if _, lerr := f.learn(); lerr != nil {
			return 0, f.closedOr("read", lerr)
		}
		return 0, f.pathError("read", io.ErrUnexpectedEOF)
	case err != nil:
		return n, f.closedOr("read", err)
	}
	return n, nil
}

// closedOr returns err as a PathError, or ErrClosed when the handle was closed
// in the meantime and that is why err came up.
func (f *MappedFile) closedOr(op string, err error) error {
	if f.closed.Load() {
		return f.pathError(op, fs.ErrClosed)
	}
	return f.asPathError(op, err)
}
