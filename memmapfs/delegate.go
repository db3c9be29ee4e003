package memmapfs

import (
	"io/fs"
	"time"

	"github.com/absfs/absfs"
)

// Mkdir creates a directory.
func (m *MemMapFS) Mkdir(name string, perm fs.FileMode) error { return m.base.Mkdir(name, perm) }

// MkdirAll creates a directory and the directories above it.
func (m *MemMapFS) MkdirAll(name string, perm fs.FileMode) error { return m.base.MkdirAll(name, perm) }

// Chmod changes the mode of the named file.
func (m *MemMapFS) Chmod(name string, mode fs.FileMode) error { return m.base.Chmod(name, mode) }

// Chtimes changes the times of the named file.
func (m *MemMapFS) Chtimes(name string, atime, mtime time.Time) error {
	return m.base.Chtimes(name, atime, mtime)
}

// Chown changes the owner of the named file.
func (m *MemMapFS) Chown(name string, uid, gid int) error { return m.base.Chown(name, uid, gid) }

// ReadDir lists the named directory, sorted by name.
func (m *MemMapFS) ReadDir(name string) ([]fs.DirEntry, error) { return m.base.ReadDir(name) }

// Chdir changes the working directory of the wrapped file system.
func (m *MemMapFS) Chdir(dir string) error { return m.base.Chdir(dir) }

// Getwd returns the working directory of the wrapped file system.
func (m *MemMapFS) Getwd() (string, error) { return m.base.Getwd() }

// TempDir returns the directory for temporary files.
func (m *MemMapFS) TempDir() string { return m.base.TempDir() }

// Lstat describes the named file and does not follow a symbolic link.
func (m *MemMapFS) Lstat(name string) (fs.FileInfo, error) {
	if m.links == nil {
		return nil, absfs.ErrNotImplemented
	}
	info, err := m.links.Lstat(name)
	return m.seen(name, info, err)
}

// Lchown changes the owner of a symbolic link itself.
func (m *MemMapFS) Lchown(name string, uid, gid int) error {
	if m.links == nil {
		return absfs.ErrNotImplemented
	}
	return m.links.Lchown(name, uid, gid)
}

// Readlink returns where a symbolic link leads.
func (m *MemMapFS) Readlink(name string) (string, error) {
	if m.links == nil {
		return "", absfs.ErrNotImplemented
	}
	return m.links.Readlink(name)
}

// Symlink makes newname a symbolic link to oldname.
func (m *MemMapFS) Symlink(oldname, newname string) error {
	if m.links == nil {
		return absfs.ErrNotImplemented
	}
	return m.links.Symlink(oldname, newname)
}
