package memmapfs

import (
	"io/fs"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// Truncate sets the file's length. The position stays. Views and slices keep
// their addresses; the pages behind the new end fault until the file grows
// again. On Windows a file cannot become shorter while a view of it, or the
// Data of another handle, is alive, in this process or another: the error is
// the system's.
func (f *MappedFile) Truncate(size int64) error {
	err := f.truncate(size)
	f.lockGrown()
	if err == nil && f.identified && f.fs != nil {
		f.fs.shortened(f.id, size, f.plain().Stat)
	}
	return err
}

func (f *MappedFile) truncate(size int64) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	f.pos.bar(true)
	defer f.pos.bar(false)
	if f.img != nil { // before mu, which readers of an image take inside its gate
		f.img.gate.Lock()
		defer f.img.gate.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed.Load():
		return f.pathError("truncate", fs.ErrClosed)
	case !f.mapped():
		return f.truncatePlain(size)
	case size < 0 || !f.access.write:
		return f.pathError("truncate", sysx.EINVAL)
	case f.img != nil:
		return f.truncateImage(size)
	}
	if err := f.setLength(size); err != nil {
		return f.asPathError("truncate", err)
	}
	f.size.ahead.Store(0)
	f.shrunk = 0
	f.size.Store(size)
	f.unlockBehind(size)
	return f.wroteLength()
}

func (f *MappedFile) truncateImage(size int64) error {
	if f.img.store() == nil {
		return f.pathError("truncate", fs.ErrClosed)
	}
	if _, err := f.learnLocked(); err != nil {
		return f.asPathError("truncate", err)
	}
	if err := f.img.truncate(f, size); err != nil {
		return f.pathError("truncate", err)
	}
	return nil
}

// Refresh fetches the file's length, changed elsewhere perhaps, and maps anew
// when the mapping does not reach so far. Slices handed out stay valid.
func (f *MappedFile) Refresh() error {
	defer f.lockGrown() // when mu is free again
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed.Load():
		return f.pathError("refresh", fs.ErrClosed)
	case !f.mapped():
		return nil
	}
	size, err := f.learnLocked()
	if err != nil {
		return f.asPathError("refresh", err)
	}
	if f.win != nil || f.img != nil && f.whole == nil || size == 0 || f.whole != nil && f.whole.covers(0, int(min(size, maxInt))) {
		return nil
	}
	if err := f.remap(0); err != nil {
		return f.asPathError("refresh", err)
	}
	return nil
}

// setLength truncates or extends the file on disk. The gate is held alone, and
// mu.
func (f *MappedFile) setLength(size int64) error {
	if mmap.Coherent {
		return mmap.Truncate(f.native, size)
	}
	return f.unmappedDuring(func() error { return mmap.Truncate(f.native, size) })
}

// truncatePlain is Truncate for a handle that maps nothing itself.
func (f *MappedFile) truncatePlain(size int64) error {
	truncate := func() error {
		if err := f.plain().Truncate(size); err != nil {
			return err
		}
		return f.wrotePlain()
	}
	if mmap.Coherent || f.native == nil || !f.access.write {
		return truncate()
	}
	return f.unmappedDuring(truncate)
}
