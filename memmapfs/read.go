package memmapfs

import (
	"io"
	"io/fs"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
	"github.com/absfs/shmkit/sigbus"
)

// ReadAt reads len(p) bytes from off, as [io.ReaderAt] says. It takes no lock,
// makes no system call when the pages are in memory, and allocates nothing.
func (f *MappedFile) ReadAt(p []byte, off int64) (int, error) {
	if m := f.rd.Load(); m != nil && m.ready(p, off, f.size.Load()) {
		n, err := sigbus.Copy(p, m.data[off:])
		late := !mmap.Coherent && m.retired.Load()
		runtime.KeepAlive(m)
		if err == nil && !late {
			return n, nil
		}
	}
	if off < 0 {
		return 0, f.pathError("readat", errNegativeOffset)
	}
	if len(p) == 0 {
		return 0, nil
	}
	return f.readSlow(p, off)
}

// ready reports whether the bytes for p at off lie in the file and in the
// mapping and have been touched before.
func (m *mapping) ready(p []byte, off, size int64) bool {
	n := int64(len(p))
	if off < 0 || n == 0 || n > size-off || n > int64(len(m.data))-off {
		return false
	}
	return m.cold == nil || m.cold.has(off, len(p))
}

// readSlow does everything ReadAt's short way leaves over. p is not empty and
// off not negative.
func (f *MappedFile) readSlow(p []byte, off int64) (int, error) {
	if f.closed.Load() {
		return 0, f.pathError("read", fs.ErrClosed)
	}
	if !f.access.read {
		return 0, f.pathError("read", sysx.EBADF)
	}
	if !f.mapped() {
		return f.plain().ReadAt(p, off)
	}
	size := f.size.Load()
	if off >= size || int64(len(p)) > size-off {
		var err error
		if size, err = f.learn(); err != nil {
			return 0, f.closedOr("read", err)
		}
		if off >= size {
			return 0, io.EOF
		}
	}
	whole := p
	p = p[:min(int64(len(p)), size-off)]
	n, err := f.readMapped(p, off)
	if err == nil && n < len(whole) {
		err = io.EOF
	}
	return n, err
}

// readMapped reads bytes that lie within the file's known length.
func (f *MappedFile) readMapped(p []byte, off int64) (int, error) {
	m, err := f.mappingFor(off, len(p))
	if err != nil {
		return 0, f.closedOr("read", err)
	}
	if m == nil {
		return f.readPlain(p, off)
	}
	if m.cold != nil && !m.cold.has(off, len(p)) {
		if n, err, done := f.warmUp(m, p, off); done {
			return n, err
		}
	}
	n, err := sigbus.Copy(p, m.data[off:])
	late := m.retired.Load()
	runtime.KeepAlive(m)
	switch {
	case err != nil:
		return f.readFaulted(p, off, err)
	case late && !mmap.Coherent:
		clear(p)
		return f.readPlain(p, off)
	}
	return n, nil
}

// mappingFor returns a mapping that reaches to off+n, after mapping anew when
// the file has outgrown the one there is; nil when that cannot be had.
func (f *MappedFile) mappingFor(off int64, n int) (*mapping, error) {
	m := f.rd.Load()
	if m != nil && m.covers(off, n) {
		return m, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return nil, fs.ErrClosed
	}
	if m := f.whole; m != nil && m.covers(off, n) {
		return m, nil
	}
	if err := f.remap(); err != nil {
		f.stats.refused.Add(1)
		return nil, nil
	}
	return f.whole, nil
}

// readPlain reads through the descriptor.
func (f *MappedFile) readPlain(p []byte, off int64) (int, error) {
	f.stats.plainReads.Add(1)
	n, err := f.native.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = f.closedOr("read", err)
	}
	return n, err
}

// closedOr returns err as a PathError, or ErrClosed when the handle was closed
// in the meantime and that is why err came up.
func (f *MappedFile) closedOr(op string, err error) error {
	if f.closed.Load() {
		return f.pathError(op, fs.ErrClosed)
	}
	return f.asPathError(op, err)
}
