package memmapfs

import (
	"errors"
	"io/fs"
	"os"

	"github.com/absfs/shmkit/internal/mmap"
)

// The operations below concern names. Under ModeCopyOnWrite they reach the base
// as everywhere; what is private is the content of files, and it follows them.

// Stat describes the named file.
func (m *MemMapFS) Stat(name string) (fs.FileInfo, error) {
	info, err := m.base.Stat(name)
	return m.seen(name, info, err)
}

// seen puts the private length into info, if the file has one.
func (m *MemMapFS) seen(name string, info fs.FileInfo, err error) (fs.FileInfo, error) {
	if err != nil {
		return info, err
	}
	if i := m.imageAt(name, info); i != nil {
		return resized{info, i.size.Load()}, nil
	}
	return info, nil
}

// Truncate sets the length of the named file.
func (m *MemMapFS) Truncate(name string, size int64) error {
	if m.cfg.Mode != ModeCopyOnWrite {
		return m.truncateShared(name, size)
	}
	f, err := m.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

func (m *MemMapFS) truncateShared(name string, size int64) error {
	truncate := func() error { return m.base.Truncate(name, size) }
	stat := func() (fs.FileInfo, error) { return m.base.Stat(name) }
	if mustUnmap {
		id, ok, err := m.shorten(name, truncate)
		if err == nil && ok {
			m.shortened(id, size, stat)
		}
		return err
	}
	if err := truncate(); err != nil {
		return err
	}
	if info, err := stat(); err == nil {
		if id, ok := mmap.IDOfInfo(info); ok {
			m.shortened(id, size, stat)
		}
	}
	return nil
}

// Remove removes a file or an empty directory. Open handles go on working.
func (m *MemMapFS) Remove(name string) error {
	key, last := m.before(name)
	err := m.base.Remove(name)
	if err == nil && last {
		err = m.dropImages(key)
	}
	return err
}

// RemoveAll removes a file or a directory with everything in it.
func (m *MemMapFS) RemoveAll(path string) error {
	key, last := m.before(path)
	err := m.base.RemoveAll(path)
	if last {
		err = errors.Join(err, m.dropImages(key))
	}
	return err
}

// Rename moves a file or a directory.
func (m *MemMapFS) Rename(oldpath, newpath string) error {
	from, _ := m.before(oldpath)
	to, last := m.before(newpath)
	if err := m.base.Rename(oldpath, newpath); err != nil {
		return err
	}
	if last && from != to {
		if err := m.dropImages(to); err != nil {
			return err
		}
	}
	m.moveImages(from, m.keyOf(newpath, nil))
	return nil
}

// before returns the key of the image that name may have, before an operation
// takes the name away. Last reports that there is an image and that it goes
// with the name.
func (m *MemMapFS) before(name string) (key imageKey, last bool) {
	if m.cfg.Mode != ModeCopyOnWrite {
		return imageKey{}, false
	}
	info, err := m.base.Stat(name)
	if m.links != nil {
		info, err = m.links.Lstat(name)
	}
	if err != nil {
		return imageKey{}, false
	}
	return m.knownKey(m.keyOf(name, info), info), lastLink(info)
}

// maybeRegular reports whether name leads to a regular file, or to nothing yet.
func (m *MemMapFS) maybeRegular(name string) bool {
	info, err := m.base.Stat(name)
	return err != nil || info.Mode().IsRegular()
}
