package memmapfs

import (
	"errors"
	"io/fs"
	"os"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// unmappedDuring calls shorten on systems that do not let a mapped file become
// shorter: every mapping of f's file in this process that nobody pins is ended
// first. The mappings come back when they are needed. f's gate is held alone,
// and mu.
func (f *MappedFile) unmappedDuring(shorten func() error) error {
	unmapped := f.unmapForLength()
	return unmappedDuring(f.id, f, func() error {
		if err := shorten(); err != nil {
			return errors.Join(unmapped, err)
		}
		return nil
	})
}

// openEmptying is openBase for flags that may empty a file which is mapped.
func (m *MemMapFS) openEmptying(name string, flag int, perm fs.FileMode) (base absfs.File, err error) {
	if !mustUnmap || m.onSystem == nil || flag&os.O_TRUNC == 0 {
		return m.openBase(name, flag, perm)
	}
	_, _, err = m.shorten(name, func() error {
		base, err = m.openBase(name, flag&^os.O_APPEND, perm)
		return err
	})
	if err != nil || flag&os.O_APPEND == 0 {
		return base, err
	}
	// A handle of Windows that may truncate does not append.
	if err := base.Close(); err != nil {
		return nil, err
	}
	return m.openBase(name, flag&^(os.O_CREATE|os.O_EXCL|os.O_TRUNC), perm)
}

// shorten calls fn, which makes the named file shorter, while nobody in this
// process maps it, as far as that can be had. It returns the file's identity.
func (m *MemMapFS) shorten(name string, fn func() error) (mmap.FileID, bool, error) {
	base, err := m.openBase(name, os.O_RDONLY, 0)
	if err != nil {
		return mmap.FileID{}, false, fn() // which tells what is wrong, or makes the file
	}
	defer base.Close()
	info, err := base.Stat()
	if err != nil {
		return mmap.FileID{}, false, err
	}
	native, owned := nativeOf(base, info, os.O_RDONLY)
	if owned {
		defer native.Close()
	}
	id, ok := fileID(native)
	if !ok {
		return id, false, fn()
	}
	return id, true, unmappedDuring(id, nil, fn)
}

// unmappedDuring ends what handles of a file other than except map, as far as they
// are idle, while it calls shorten. A handle that is busy keeps its mapping, and
// so does one whose Data somebody has; the system then refuses.
func unmappedDuring(id mmap.FileID, except *MappedFile, shorten func() error) error {
	var errs []error
	for _, g := range mapped.of(id, except) {
		if g.gate.TryLock() {
			g.mu.Lock()
			if !g.lent {
				errs = append(errs, g.unmapForLength())
			}
			g.mu.Unlock()
			defer g.gate.Unlock()
		}
	}
	for _, i := range viewed.of(id, nil) {
		if i.gate.TryLock() {
			i.mu.Lock()
			errs = append(errs, i.hide())
			i.mu.Unlock()
			defer i.gate.Unlock()
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
		return nil // the image decides
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

// list lists f among those that map its file, if anybody has to know.
func (f *MappedFile) list() {
	if mustUnmap && f.native != nil && f.identified {
		f.unlisted = mapped.add(f.id, f)
	}
}

func (f *MappedFile) unlist() {
	if mustUnmap {
		f.unlisted.Stop()
		mapped.remove(f.id, f)
	}
}
