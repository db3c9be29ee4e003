package memmapfs

import (
	"errors"

	"github.com/absfs/shmkit/internal/mmap"
)

// setLengthUnmapped is setLength for systems that do not let a mapped file
// become shorter: every mapping of the file in this process that nobody pins is
// ended first. The mappings come back when they are needed.
func (f *MappedFile) setLengthUnmapped(size int64) error {
	others := f.fs.handlesOf(f)
	var errs []error
	errs = append(errs, f.unmapForLength())
	for _, g := range others {
		// A handle that is busy now keeps its mapping; the system then refuses.
		if g.gate.TryLock() {
			g.mu.Lock()
			errs = append(errs, g.unmapForLength())
			g.mu.Unlock()
			defer g.gate.Unlock()
		}
	}
	if err := mmap.Truncate(f.native, size); err != nil {
		return errors.Join(append(errs, err)...)
	}
	return nil
}

// unmapForLength ends what is mapped; slices from Data end with it. The gate is
// held alone, and mu.
func (f *MappedFile) unmapForLength() error {
	f.rd.Store(nil)
	f.wr.Store(nil)
	var errs []error
	for _, m := range append(f.old, f.whole) {
		if m != nil {
			errs = append(errs, m.retire())
		}
	}
	f.old, f.whole, f.lent = nil, nil, false
	if f.win != nil {
		errs = append(errs, f.win.empty())
	}
	return errors.Join(errs...)
}

// handlesOf returns the other handles of f's file in this file system.
func (m *MemMapFS) handlesOf(f *MappedFile) []*MappedFile {
	if m == nil {
		return nil
	}
	id, ok := mmap.IDOf(f.native)
	if !ok {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*MappedFile
	for p := range m.open {
		if g := p.Value(); g != nil && g != f && g.native != nil {
			if other, ok := mmap.IDOf(g.native); ok && other == id {
				list = append(list, g)
			}
		}
	}
	return list
}
