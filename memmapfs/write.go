package memmapfs

import (
	"io/fs"

	"github.com/absfs/shmkit/internal/sysx"
)

// WriteAt writes len(p) bytes at off and grows the file when they reach past
// its end.
func (f *MappedFile) WriteAt(p []byte, off int64) (int, error) {
	if f.access.append {
		return 0, errAppendWriteAt
	}
	if off < 0 {
		return 0, f.pathError("writeat", errNegativeOffset)
	}
	if len(p) == 0 {
		return 0, nil
	}
	return f.writeAt(p, off)
}

func (f *MappedFile) writeAt(p []byte, off int64) (int, error) {
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	return f.writeHeld(p, off)
}

// writeHeld is writeAt with the gate held.
func (f *MappedFile) writeHeld(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	inside := end > off && end <= f.size.Load()
	if m := f.wr.Load(); m != nil && (inside || f.runAhead(off, end)) && m.ready(off, len(p)) {
		return f.writeMapped(m, p, off)
	}
	switch {
	case !f.mapped():
		return f.writtenPlain(f.plain().WriteAt(p, off))
	case f.img != nil:
		_, n, err := f.writeImage(p, off, false)
		return n, err
	case f.win != nil && inside:
		return f.win.write(p, off)
	}
	return f.writeThrough(p, off)
}

// writeMapped copies p into the mapping.
func (f *MappedFile) writeMapped(m *mapping, p []byte, off int64) (int, error) {
	shown := m.data
	n, err := m.copyIn(p, off)
	if err != nil {
		n, err = f.writeFaulted(p, off, err)
		shown = nil // they went elsewhere
	}
	if n > 0 {
		f.grown(off + int64(n))
	}
	if serr := f.wrote(off, int64(len(p)), shown, 0); err == nil {
		err = serr
	}
	return n, err
}

// writeThrough writes through the descriptor what the map cannot take: bytes
// past the end, for which the file system finds space or says that there is
// none, and pages that would have to be read from a device first.
func (f *MappedFile) writeThrough(p []byte, off int64) (int, error) {
	n, err := f.grow(p, off)
	if n > 0 {
		if serr := f.wrote(off, int64(n), nil, 0); err == nil {
			err = serr
		}
	}
	if err != nil {
		err = f.closedOr("write", err)
	}
	return n, err
}

// grow writes through the descriptor and notes the length.
func (f *MappedFile) grow(p []byte, off int64) (int, error) {
	if f.cfg.GrowAhead != 0 && f.win == nil { // whoever tries to make room ahead, and cannot, cuts it off again
		f.mu.Lock()
		defer f.mu.Unlock()
	}
	n, err := f.native.WriteAt(p, off)
	if n > 0 {
		f.grown(off + int64(n))
	}
	return n, err
}

// writable returns the error that keeps this handle from writing.
func (f *MappedFile) writable() error {
	switch {
	case f.closed.Load():
		return f.pathError("write", fs.ErrClosed)
	case !f.access.write:
		return f.pathError("write", sysx.EBADF)
	}
	return nil
}
