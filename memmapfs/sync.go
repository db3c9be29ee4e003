package memmapfs

import (
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/mmap"
)

// syncState is what a handle remembers about flushing.
type syncState struct {
	mu        sync.Mutex             // one flush at a time
	announced atomic.Bool            // the background goroutine knows that there is something
	lending   atomic.Bool            // and that slices are about
	own       atomic.Pointer[syncer] // of a file of Map

	errMu   sync.Mutex
	pending error // of a flush nobody waited for, until Sync or Close returns it
}

// Sync returns when everything written through this handle, its views and
// slices is durable, whatever the sync mode. It also returns the error of a
// background flush that nobody has heard of yet. Under ModeCopyOnWrite there is
// nothing to make durable.
func (f *MappedFile) Sync() error {
	switch {
	case f.closed.Load():
		return f.pathError("sync", fs.ErrClosed)
	case !f.mapped():
		return f.syncPlain()
	case f.private():
		return nil
	}
	err := errors.Join(f.settle(), f.flushDirty(), f.syncFile(), f.takePending())
	if err != nil {
		f.keepDirty()
		return f.closedOr("sync", err)
	}
	return nil
}

// SyncRange returns when the bytes [off, off+n) are durable. Only their pages
// are flushed.
func (f *MappedFile) SyncRange(off, n int64) error {
	switch {
	case f.closed.Load():
		return f.pathError("sync", fs.ErrClosed)
	case off < 0 || n < 0 || off > off+n:
		return f.pathError("sync", outside(off, n, f.size.Load()))
	case !f.mapped():
		return f.syncPlain()
	}
	n = min(n, f.size.Load()-off)
	if f.private() || n <= 0 {
		return nil
	}
	if err := f.flushRange(off, n); err != nil {
		f.dirty.add(off, n)
		f.keepDirty()
		return f.closedOr("sync", err)
	}
	return nil
}

// SyncAsync starts writing back what is dirty and does not wait for the device.
// The ranges stay dirty: only Sync knows when they are durable. Of what is not
// mapped, as in handles that work by plain reads and writes, the whole file is
// written back; only Linux can do that without waiting.
func (f *MappedFile) SyncAsync() error {
	switch {
	case f.closed.Load():
		return f.pathError("sync", fs.ErrClosed)
	case f.private():
		return nil
	}
	var errs []error
	file := f.dirty.overflow.Load()
	if f.mapped() {
		f.markLent()
		start := func(b []byte, off int64) error { return mmap.Writeback(b, f.native, off) }
		size := f.size.Load()
		f.dirty.each(0, size, func(off, n int64) {
			if n = min(n, size-off); n <= 0 {
				return
			}
			missed, err := f.onShown(off, n, start)
			file = file || missed
			errs = append(errs, err)
		})
	}
	if file {
		errs = append(errs, f.writebackFile())
	}
	if err := errors.Join(errs...); err != nil {
		return f.closedOr("sync", err)
	}
	return nil
}

// writebackFile starts writing the file back through its descriptor, or flushes it
// where that cannot be done without waiting.
func (f *MappedFile) writebackFile() error {
	err := errors.ErrUnsupported
	if f.native != nil {
		err = mmap.WritebackFile(f.native)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.syncFile()
	}
	return err
}

// wrote notes that [off, off+n) was written, and flushes it at once when the
// mode says so. Data, if not nil, is mapped memory that begins at base and holds
// the range.
func (f *MappedFile) wrote(off, n int64, data []byte, base int64) error {
	if !f.immediate() {
		f.dirty.add(off, n)
		f.announce()
		return nil
	}
	var err error
	if data != nil {
		err = f.flushPages(data[off-base:off-base+n], off)
	} else {
		err = f.flushRange(off, n)
	}
	if err != nil {
		f.dirty.add(off, n)
		f.keepDirty()
		return f.asPathError("sync", err)
	}
	return nil
}

// immediate says whether writes are durable when they return.
func (f *MappedFile) immediate() bool { return f.cfg.SyncMode == SyncImmediate || f.access.sync }

// wroteLength notes that the length was set.
func (f *MappedFile) wroteLength() error {
	if f.immediate() {
		if err := f.syncFile(); err != nil {
			return f.asPathError("sync", err)
		}
		return nil
	}
	f.dirty.overflow.Store(true) // no page, but the file itself
	f.announce()
	return nil
}

// failed keeps the error of a flush that nobody waited for, and tells whoever
// asked to be told.
func (f *MappedFile) failed(err error) {
	f.sync.errMu.Lock()
	f.sync.pending = errors.Join(f.sync.pending, err)
	f.sync.errMu.Unlock()
	f.stats.syncErrors.Add(1)
	f.log(slog.LevelError, "memmapfs: background sync failed", err)
	if f.cfg.OnSyncError != nil {
		f.cfg.OnSyncError(f.name, err)
	}
}

func (f *MappedFile) takePending() error {
	f.sync.errMu.Lock()
	defer f.sync.errMu.Unlock()
	err := f.sync.pending
	f.sync.pending = nil
	return err
}
