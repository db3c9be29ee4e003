package memmapfs

import (
	"io/fs"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// Truncate sets the file's length. The position stays. Views and slices keep
// their addresses; the pages behind the new end fault until the file grows again.
func (f *MappedFile) Truncate(size int64) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed.Load():
		return f.pathError("truncate", fs.ErrClosed)
	case !f.mapped():
		return f.plain().Truncate(size)
	case size < 0 || !f.access.write:
		return f.pathError("truncate", sysx.EINVAL)
	}
	if err := mmap.Truncate(f.native, size); err != nil {
		return f.asPathError("truncate", err)
	}
	f.size.Store(size)
	return f.wroteLength()
}

// Refresh fetches the file's length, changed elsewhere perhaps, and maps anew
// when the mapping does not reach so far. Slices handed out stay valid.
func (f *MappedFile) Refresh() error {
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
	if f.whole != nil && f.whole.covers(0, int(min(size, maxInt))) {
		return nil
	}
	if err := f.remap(); err != nil {
		return f.asPathError("refresh", err)
	}
	return nil
}

// remap replaces a mapping that the file has outgrown. mu is held.
func (f *MappedFile) remap() error {
	data, err := f.mapRoom(f.size.Load())
	if err != nil {
		return err
	}
	old := f.whole
	f.adopt(f.newMapping(data))
	f.stats.remaps.Add(1)
	switch {
	case old == nil:
	case f.lent || f.viewed(old):
		f.old = append(f.old, old)
	default:
		return old.retire()
	}
	return nil
}

const maxInt = int64(^uint(0) >> 1)
