package memmapfs

import (
	"errors"
	"io/fs"
	"weak"

	"github.com/absfs/shmkit/internal/mmap"
)

// Close flushes what the sync mode promises, ends the mapping and closes the
// file. Operations in flight finish or return fs.ErrClosed. Views stay valid
// until they are released; slices from Data do not. It returns the error of a
// background flush that nobody has heard of yet.
func (f *MappedFile) Close() error {
	f.gate.Lock()
	if f.closed.Swap(true) {
		f.gate.Unlock()
		return f.pathError("close", fs.ErrClosed)
	}
	f.pos.bar(true)
	f.gate.Unlock()
	f.leaveSyncer()
	f.fs.forget(f)
	f.unlist()
	var errs []error
	if f.mapped() {
		errs = append(errs, f.cutAtClose(), f.flushAtClose(), f.takePending(), f.unmap(), f.closeMapper())
		f.fs.leaveShown(f.img)
	} else {
		errs = append(errs, f.flushAtClose(), f.takePending())
	}
	errs = append(errs, f.closeNative())
	if f.base != nil {
		errs = append(errs, f.base.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return f.asPathError("close", err)
	}
	return nil
}

func (f *MappedFile) cutAtClose() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.uncut.Stop() // f is in use until Close returns
	return f.cutAhead()
}

func (f *MappedFile) flushAtClose() error {
	if f.cfg.SyncMode == SyncNever || f.private() || !f.access.write {
		return nil
	}
	return f.flushDirty()
}

// unmap ends every mapping, those that views pin once they are released.
func (f *MappedFile) unmap() error {
	if !mmap.Coherent { // readers hold the gate there
		f.gate.Lock()
		defer f.gate.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rd.Store(nil)
	f.wr.Store(nil)
	if f.img != nil {
		f.img.takeBack(weak.Make(f))
		return f.fs.leave(f.img)
	}
	var errs []error
	for _, m := range append(f.old, f.whole) {
		if m != nil {
			errs = append(errs, m.retire())
		}
	}
	if f.win != nil {
		errs = append(errs, f.win.close())
	}
	return errors.Join(errs...)
}
