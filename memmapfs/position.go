package memmapfs

import (
	"io"
	"io/fs"

	"github.com/absfs/shmkit/internal/sysx"
)

// Read reads from the handle's position and moves it. At the end of the file it
// returns 0, io.EOF, until the file has grown.
func (f *MappedFile) Read(p []byte) (int, error) {
	if !f.mapped() {
		return f.plain().Read(p)
	}
	if len(p) == 0 {
		if f.closed.Load() {
			return 0, f.pathError("read", fs.ErrClosed)
		}
		return 0, nil
	}
	for {
		pos, err := f.position()
		if err != nil {
			return 0, f.closedOr("read", err)
		}
		size := f.size.Load()
		if int64(len(p)) > size-pos {
			return f.readToEnd(p)
		}
		end := pos + int64(len(p))
		if !f.pos.CompareAndSwap(pos, end) {
			continue
		}
		n, err := f.ReadAt(p, pos)
		if n < len(p) {
			f.pos.CompareAndSwap(end, pos+int64(n))
			if n > 0 && err == io.EOF {
				err = nil
			}
		}
		return n, err
	}
}

// readToEnd is Read where the end of the file is near. The position moves after
// the read: only then is it known how far.
func (f *MappedFile) readToEnd(p []byte) (int, error) {
	for {
		pos, err := f.position()
		if err != nil {
			return 0, f.closedOr("read", err)
		}
		n, err := f.ReadAt(p, pos)
		if !f.pos.CompareAndSwap(pos, pos+int64(n)) {
			continue
		}
		if n > 0 && err == io.EOF {
			err = nil
		}
		return n, err
	}
}

// Write writes at the handle's position and moves it; on a handle opened with
// O_APPEND it writes at the end of the file, whoever else appends.
func (f *MappedFile) Write(p []byte) (int, error) {
	if !f.mapped() || f.access.append || len(p) == 0 {
		return f.writeKernel(p)
	}
	if f.writeAhead(p) {
		return len(p), nil
	}
	// A Close between the claim of a place and the write there would leave a hole
	// before what others wrote meanwhile.
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	for {
		pos, err := f.position()
		if err != nil {
			return 0, f.closedOr("write", err)
		}
		end := pos + int64(len(p))
		if end < pos {
			return 0, f.pathError("write", sysx.EFBIG)
		}
		if !f.pos.CompareAndSwap(pos, end) {
			continue
		}
		n, err := f.writeHeld(p, pos)
		if n < len(p) {
			f.pos.CompareAndSwap(end, pos+int64(n))
		}
		return n, err
	}
}

// WriteString is Write for a string.
func (f *MappedFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// writeKernel lets the kernel choose the place, or refuse.
func (f *MappedFile) writeKernel(p []byte) (int, error) {
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	if !f.mapped() {
		return f.writtenPlain(f.plain().Write(p))
	}
	if len(p) == 0 {
		return 0, nil
	}
	if f.img != nil {
		at, n, err := f.writeImage(p, 0, true)
		f.pos.Store(at + int64(n))
		return n, err
	}
	if f.pos.Load() != askKernel {
		f.pos.Store(askKernel)
	}
	off := f.size.Load()
	n, err := f.native.Write(p)
	if n > 0 {
		f.grown(off + int64(n))
		if serr := f.appended(off, int64(n)); err == nil {
			err = serr
		}
	}
	if err != nil {
		err = f.closedOr("write", err)
	}
	return n, err
}

// appended notes that the kernel put n bytes behind everybody's, in a file that
// ended at off as far as was known: others may have made it longer, or shorter.
// Where they are costs a system call. Only who flushes them at once has to know;
// otherwise the file itself is dirty, of which the kernel flushes what is.
func (f *MappedFile) appended(off, n int64) error {
	if !f.immediate() {
		if !f.dirty.overflow.Load() {
			f.dirty.overflow.Store(true)
		}
		f.announce()
		return nil
	}
	end, err := f.native.Seek(0, io.SeekCurrent) // or behind what another goroutine appended
	if err != nil || end < n {
		end = off + n
	}
	off = min(off, end-n)
	return f.wrote(off, end-off, nil, 0)
}

// Seek sets the position for the next Read or Write.
func (f *MappedFile) Seek(offset int64, whence int) (int64, error) {
	if !f.mapped() {
		return f.plain().Seek(offset, whence)
	}
	if f.closed.Load() {
		return 0, f.pathError("seek", fs.ErrClosed)
	}
	if whence == io.SeekStart {
		if offset < 0 {
			return 0, f.pathError("seek", sysx.EINVAL)
		}
		f.pos.Store(offset)
		return offset, nil
	}
	return f.seekFrom(offset, whence)
}

func (f *MappedFile) seekFrom(offset int64, whence int) (int64, error) {
	for {
		pos, err := f.position()
		if err != nil {
			return 0, f.closedOr("seek", err)
		}
		from := pos
		switch whence {
		case io.SeekCurrent:
		case io.SeekEnd:
			if from, err = f.learn(); err != nil {
				return 0, f.closedOr("seek", err)
			}
		default:
			return 0, f.pathError("seek", sysx.EINVAL)
		}
		to := from + offset
		if to < 0 {
			return 0, f.pathError("seek", sysx.EINVAL)
		}
		if f.pos.CompareAndSwap(pos, to) {
			return to, nil
		}
	}
}

// position returns the position, from the descriptor if only that knows it.
func (f *MappedFile) position() (int64, error) {
	for {
		pos := f.pos.Load()
		if pos != askKernel {
			return pos, nil
		}
		at, err := f.native.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, err
		}
		f.pos.CompareAndSwap(askKernel, at)
	}
}
