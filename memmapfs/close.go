package memmapfs

import (
	"errors"
	"io/fs"
)

// Close flushes what the sync mode promises, ends the mapping and closes the
// file. Operations in flight finish or return fs.ErrClosed. Views stay valid
// until they are released; slices from Data do not.
func (f *MappedFile) Close() error {
	f.gate.Lock()
	if f.closed.Swap(true) {
		f.gate.Unlock()
		return f.pathError("close", fs.ErrClosed)
	}
	f.gate.Unlock()
	errs := []error{f.takePending()}
	if f.mapped() {
		errs = append(errs, f.flushAtClose(), f.unmap())
	}
	if f.base != nil {
		errs = append(errs, f.base.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return f.asPathError("close", err)
	}
	return nil
}

func (f *MappedFile) flushAtClose() error {
	if f.cfg.SyncMode == SyncNever || f.private() || !f.access.write {
		return nil
	}
	return f.flushDirty()
}

// unmap ends every mapping that no view needs.
func (f *MappedFile) unmap() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rd.Store(nil)
	f.wr.Store(nil)
	var errs []error
	for _, m := range append(f.old, f.whole) {
		if m != nil && !f.viewed(m) {
			errs = append(errs, m.retire())
		}
	}
	return errors.Join(errs...)
}
