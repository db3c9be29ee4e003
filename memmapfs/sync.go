package memmapfs

import (
	"errors"
	"io/fs"
	"runtime"
	"sync"

	"github.com/absfs/shmkit/internal/mmap"
)

// syncState is what a handle remembers about flushing.
type syncState struct {
	mu      sync.Mutex // one flush at a time
	length  bool       // the length changed and fsync has not been called since
	errMu   sync.Mutex
	pending error // of a background flush, until Sync or Close returns it
}

// wrote notes that [off, off+n) was written, and flushes it at once when the
// mode says so.
func (f *MappedFile) wrote(off, n int64) error {
	if f.cfg.SyncMode != SyncImmediate {
		f.dirty.add(off, n)
		f.announce()
		return nil
	}
	if f.private() {
		return nil
	}
	if err := f.flushRange(off, n); err != nil {
		f.dirty.add(off, n)
		return f.asPathError("sync", err)
	}
	return nil
}

// wroteLength notes that the length was set. mu is held.
func (f *MappedFile) wroteLength() error {
	if f.cfg.SyncMode == SyncImmediate && !f.private() {
		if err := mmap.SyncFile(f.native); err != nil {
			return f.asPathError("sync", err)
		}
		return nil
	}
	f.dirty.add(f.size.Load(), 1)
	f.announce()
	return nil
}

// flushRange makes the pages around [off, off+n) durable.
func (f *MappedFile) flushRange(off, n int64) error {
	m := f.wr.Load()
	if m == nil {
		m = f.rd.Load()
	}
	if m == nil || !m.covers(off, int(n)) {
		return mmap.SyncFile(f.native)
	}
	page := int64(mmap.PageSize())
	lo := off &^ (page - 1)
	hi := min(roundUp(off+n, page), int64(len(m.data)))
	f.stats.flushes.Add(1)
	f.stats.flushed.Add(hi - lo)
	err := mmap.Sync(m.data[lo:hi], f.native, lo)
	runtime.KeepAlive(m)
	return err
}

// flushDirty flushes what was written since the last flush; what fails stays
// dirty.
func (f *MappedFile) flushDirty() error {
	f.sync.mu.Lock()
	defer f.sync.mu.Unlock()
	f.markLent()
	var errs []error
	overflow := f.dirty.take(func(off, n int64) {
		n = min(n, f.size.Load()-off)
		if n <= 0 {
			return
		}
		if err := f.flushRange(off, n); err != nil {
			f.dirty.add(off, n)
			errs = append(errs, err)
		}
	})
	if overflow {
		if err := mmap.SyncFile(f.native); err != nil {
			f.dirty.overflow.Store(true)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// markLent counts what may have been written through slices as dirty.
func (f *MappedFile) markLent() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.access.write {
		return
	}
	if f.lent {
		f.dirty.add(0, f.size.Load())
	}
	for v := range f.views {
		f.dirty.add(v.off, int64(len(v.data)))
	}
}

// Sync returns when everything written through this handle, its views and
// slices is durable, whatever the sync mode. It also returns the error of a
// background flush that nobody has heard of yet.
func (f *MappedFile) Sync() error {
	if f.closed.Load() {
		return f.pathError("sync", fs.ErrClosed)
	}
	if !f.mapped() {
		return f.plain().Sync()
	}
	if f.private() {
		return nil
	}
	err := errors.Join(f.takePending(), f.flushDirty(), mmap.SyncFile(f.native))
	if err != nil {
		return f.closedOr("sync", err)
	}
	return nil
}

// SyncRange returns when the bytes [off, off+n) are durable.
func (f *MappedFile) SyncRange(off, n int64) error {
	if f.closed.Load() {
		return f.pathError("sync", fs.ErrClosed)
	}
	if off < 0 || n < 0 || off > off+n {
		return f.pathError("sync", fs.ErrInvalid)
	}
	if !f.mapped() {
		return f.plain().Sync()
	}
	n = min(n, f.size.Load()-off)
	if f.private() || n <= 0 {
		return nil
	}
	if err := f.flushRange(off, n); err != nil {
		return f.closedOr("sync", err)
	}
	return nil
}

// SyncAsync starts writing back what is dirty and does not wait. The ranges
// stay dirty: only Sync and its kin know when they are durable.
func (f *MappedFile) SyncAsync() error {
	if f.closed.Load() {
		return f.pathError("sync", fs.ErrClosed)
	}
	if !f.mapped() || f.private() {
		return nil
	}
	f.sync.mu.Lock()
	defer f.sync.mu.Unlock()
	f.markLent()
	var errs []error
	var again [][2]int64
	f.dirty.take(func(off, n int64) {
		again = append(again, [2]int64{off, n})
		m := f.whole
		if hi := min(off+n, int64(len(m.data))); off < hi {
			errs = append(errs, mmap.Writeback(m.data[off:hi], f.native, off))
		}
	})
	for _, r := range again {
		f.dirty.add(r[0], r[1])
	}
	if err := errors.Join(errs...); err != nil {
		return f.closedOr("sync", err)
	}
	return nil
}

func (f *MappedFile) takePending() error {
	f.sync.errMu.Lock()
	defer f.sync.errMu.Unlock()
	err := f.sync.pending
	f.sync.pending = nil
	return err
}
