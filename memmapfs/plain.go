package memmapfs

import (
	"errors"
	"io"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// What the sync modes promise holds for handles that map nothing, too: they flush
// the whole file, where others flush the pages they wrote.

// wrotePlain notes that something was written or the length was set, and flushes
// the file at once when the mode says so. O_SYNC is the system's own affair here.
func (f *MappedFile) wrotePlain() error {
	if f.cfg.SyncMode != SyncImmediate {
		f.dirty.overflow.Store(true)
		f.announce()
		return nil
	}
	if f.access.sync {
		return nil
	}
	if err := f.syncFile(); err != nil {
		f.dirty.overflow.Store(true)
		return f.asPathError("sync", err)
	}
	return nil
}

// writtenPlain is wrotePlain behind a write of n bytes.
func (f *MappedFile) writtenPlain(n int, err error) (int, error) {
	if n > 0 {
		if serr := f.wrotePlain(); err == nil {
			err = serr
		}
	}
	return n, err
}

// readFromPlain is ReadFrom, which flushes once for all of it.
func (f *MappedFile) readFromPlain(r io.Reader) (int64, error) {
	n, err := io.Copy(plainWriter{f}, r)
	if n == 0 || f.cfg.SyncMode != SyncImmediate {
		return n, err
	}
	f.gate.RLock()
	defer f.gate.RUnlock()
	if cerr := f.writable(); cerr != nil {
		return n, cerr
	}
	f.dirty.overflow.Store(false)
	if serr := f.wrotePlain(); err == nil {
		err = serr
	}
	return n, err
}

// plainWriter leaves the flush to readFromPlain, or to a Close that comes before.
type plainWriter struct{ f *MappedFile }

func (w plainWriter) Write(p []byte) (int, error) {
	f := w.f
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	n, err := f.plain().Write(p)
	if n > 0 {
		f.dirty.overflow.Store(true)
		f.announce()
	}
	return n, err
}

// syncPlain is Sync. Errors are those of the file itself, unless a flush nobody
// waited for failed before.
func (f *MappedFile) syncPlain() error {
	f.sync.mu.Lock()
	defer f.sync.mu.Unlock()
	f.dirty.overflow.Store(false)
	err := f.flushPlain()
	if err != nil {
		f.dirty.overflow.Store(true)
	}
	if late := f.takePending(); late != nil {
		return errors.Join(err, late)
	}
	return err
}

// flushPlain makes the file durable: through the descriptor, or as the wrapped
// file system does it.
func (f *MappedFile) flushPlain() error {
	if _, ok := f.base.(*osFile); ok || f.base == nil {
		return mmap.SyncFile(f.native)
	}
	return f.base.Sync()
}

// unasked is the error of a flush that only the sync mode wanted: files of /proc
// and of devices that have nothing to flush refuse it.
func unasked(err error) error {
	if errors.Is(err, sysx.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
