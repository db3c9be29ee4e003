package memmapfs

import (
	"errors"
	"io/fs"
	"os"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// unmappedDuring calls shorten on systems that do not let a mapped file become
// shorter: every mapping of f's file in this file system that nobody pins is
// ended first. The mappings come back when they are needed. f's gate is held
// alone, and mu.
func (f *MappedFile) unmappedDuring(shorten func() error) error {
	unmapped := f.unmapForLength()
	return f.fs.unmappedDuring(f.native, f, func() error {
		if err := shorten(); err != nil {
			return errors.Join(unmapped, err)
		}
		return nil
	})
}

// openEmptying is openBase for flags that may empty a file which is mapped.
func (m *MemMapFS) openEmptying(name string, flag int, perm fs.FileMode) (base absfs.File, err error) {
	if mmap.Coherent || m.onSystem == nil || flag&os.O_TRUNC == 0 {
		return m.openBase(name, flag, perm)
	}
	empty := func() error {
		base, err = m.openBase(name, flag&^os.O_APPEND, perm)
		return err
	}
	if probe, perr := os.Open(m.nativePath(name)); perr == nil {
		err = m.unmappedDuring(probe, nil, empty)
		probe.Close()
	} else {
		err = empty()
	}
	if err != nil || flag&os.O_APPEND == 0 {
		return base, err
	}
	// A handle of Windows that may truncate does not append.
	if err := base.Close(); err != nil {
		return nil, err
	}
	return m.openBase(name, flag&^(os.O_CREATE|os.O_EXCL|os.O_TRUNC), perm)
}

// unmappedDuring ends what other handles than except map of file, as far as they
// are idle, while it calls shorten. A handle that is busy keeps its mapping, and
// the system then refuses.
func (m *MemMapFS) unmappedDuring(file *os.File, except *MappedFile, shorten func() error) error {
	var errs []error
	for _, g := range m.handlesOf(file, except) {
		if g.gate.TryLock() {
			g.mu.Lock()
			errs = append(errs, g.unmapForLength())
			g.mu.Unlock()
			defer g.gate.Unlock()
		}
	}
	if err := shorten(); err != nil {
		return errors.Join(append(errs, err)...)
	}
	return nil
}

// unmapForLength ends what is mapped; slices from Data end with it. The gate is
// held alone, and mu.
func (f *MappedFile) unmapForLength() error {
	if f.img != nil {
		return nil // a copy
	}
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

// handlesOf returns the handles of file in this file system, except one.
func (m *MemMapFS) handlesOf(file *os.File, except *MappedFile) []*MappedFile {
	if m == nil {
		return nil
	}
	id, ok := mmap.IDOf(file)
	if !ok {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*MappedFile
	for p := range m.open {
		if g := p.Value(); g != nil && g != except && g.native != nil {
			if other, ok := mmap.IDOf(g.native); ok && other == id {
				list = append(list, g)
			}
		}
	}
	return list
}
