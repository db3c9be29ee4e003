package memmapfs

import (
	"fmt"
	"io/fs"
)

// A View is a pinned range of a file's memory. Its bytes stay where they are,
// and valid, until Release: growth and Close of the file do not end it. Bytes
// written to a view of a writable handle reach the file at once, and are
// durable after the next Sync.
//
// A view dropped without Release is cleaned up by the runtime; its bytes must
// not be used any more then.
type View struct {
	f    *MappedFile
	m    *mapping
	off  int64
	data []byte
}

// View pins n bytes from off, which must lie within the file: beyond its end
// the error is fs.ErrInvalid. No byte is copied.
func (f *MappedFile) View(off, n int64) (*View, error) {
	if off < 0 || n < 0 || n > maxInt-off {
		return nil, f.pathError("view", fs.ErrInvalid)
	}
	if f.closed.Load() {
		return nil, f.pathError("view", fs.ErrClosed)
	}
	if !f.mapped() {
		return nil, f.pathError("view", fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	if n > f.size.Load()-off {
		size, err := f.learn()
		if err != nil {
			return nil, f.closedOr("view", err)
		}
		if n > size-off {
			return nil, f.pathError("view", fmt.Errorf("%d bytes at %d of %d: %w", n, off, size, fs.ErrInvalid))
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return nil, f.pathError("view", fs.ErrClosed)
	}
	if !f.whole.covers(off, int(n)) {
		if err := f.remap(); err != nil {
			return nil, f.asPathError("view", err)
		}
	}
	v := &View{f: f, m: f.whole, off: off, data: f.whole.data[off : off+n : off+n]}
	if f.views == nil {
		f.views = make(map[*View]struct{})
	}
	f.views[v] = struct{}{}
	return v, nil
}

// Bytes returns the pinned bytes. They are valid until Release.
func (v *View) Bytes() []byte { return v.data }

// Release gives the view up; its bytes must not be used afterwards. Releasing
// again does nothing.
func (v *View) Release() {
	f := v.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.views[v]; !ok {
		return
	}
	delete(f.views, v)
	if f.access.write {
		f.dirty.add(v.off, int64(len(v.data)))
	}
	v.data = nil
	if f.viewed(v.m) || v.m == f.whole && !f.closed.Load() {
		return
	}
	if !f.lent || f.closed.Load() {
		// The file is closed or has moved on; there is nobody to tell.
		_ = v.m.retire()
	}
}

// viewed reports whether a live view needs m. mu is held.
func (f *MappedFile) viewed(m *mapping) bool {
	for v := range f.views {
		if v.m == m {
			return true
		}
	}
	return false
}
