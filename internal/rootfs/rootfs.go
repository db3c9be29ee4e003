package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/absfs/absfs"
)

// FS is a file system below one folder. Its methods may be called by several
// goroutines, except Chdir.
type FS struct {
	root *os.Root
	cwd  string
}

// Open opens the folder dir, following symbolic links on the way to it.
func Open(dir string) (*FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &FS{root: root, cwd: "/"}, nil
}

// Close ends the use of the folder. Open files go on working.
func (f *FS) Close() error { return f.root.Close() }

// local is name as os.Root wants it; ".." elements are left for os.Root to judge.
func (f *FS) local(name string) string {
	if !strings.HasPrefix(name, "/") {
		name = f.cwd + "/" + name
	}
	name = strings.TrimLeft(name, "/")
	if name == "" {
		name = "."
	}
	return filepath.FromSlash(name)
}

// OpenFile opens the named file. The absfs.File is an *os.File.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (absfs.File, error) {
	file, err := f.root.OpenFile(f.local(name), flag, perm.Perm())
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Open opens the named file for reading.
func (f *FS) Open(name string) (absfs.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

// Create creates or truncates the named file.
func (f *FS) Create(name string) (absfs.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Mkdir creates a folder.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	return f.root.Mkdir(f.local(name), perm.Perm())
}

// MkdirAll creates a folder and those above it.
func (f *FS) MkdirAll(name string, perm fs.FileMode) error {
	return f.root.MkdirAll(f.local(name), perm.Perm())
}

// Remove removes a file or an empty folder.
func (f *FS) Remove(name string) error { return f.root.Remove(f.local(name)) }

// RemoveAll removes a file or a folder with everything in it.
func (f *FS) RemoveAll(name string) error { return f.root.RemoveAll(f.local(name)) }

// Rename moves a file or a folder.
func (f *FS) Rename(oldname, newname string) error {
	return f.root.Rename(f.local(oldname), f.local(newname))
}

// Stat describes the named file, following links that stay inside.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(f.local(name)) }

// Lstat describes the named file itself.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.root.Lstat(f.local(name)) }

// Chmod changes the mode of the named file.
func (f *FS) Chmod(name string, mode fs.FileMode) error { return f.root.Chmod(f.local(name), mode) }

// Chtimes changes the times of the named file.
func (f *FS) Chtimes(name string, atime, mtime time.Time) error {
	return f.root.Chtimes(f.local(name), atime, mtime)
}

// Chown changes the owner of the named file.
func (f *FS) Chown(name string, uid, gid int) error { return f.root.Chown(f.local(name), uid, gid) }

// Lchown changes the owner of the named file itself.
func (f *FS) Lchown(name string, uid, gid int) error { return f.root.Lchown(f.local(name), uid, gid) }

// Readlink returns where a symbolic link leads.
func (f *FS) Readlink(name string) (string, error) { return f.root.Readlink(f.local(name)) }

// Symlink makes newname a symbolic link to oldname, which is not looked at.
func (f *FS) Symlink(oldname, newname string) error {
	return f.root.Symlink(oldname, f.local(newname))
}

// Truncate sets the length of the named file.
func (f *FS) Truncate(name string, size int64) error {
	file, err := f.root.OpenFile(f.local(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Truncate(size), file.Close())
}

// ReadDir lists the named folder, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := f.root.Open(f.local(name))
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, errors.Join(err, dir.Close())
}

// ReadFile returns the content of the named file.
func (f *FS) ReadFile(name string) ([]byte, error) { return f.root.ReadFile(f.local(name)) }

// Sub returns the tree below dir.
func (f *FS) Sub(dir string) (fs.FS, error) { return fs.Sub(f.root.FS(), strings.Trim(dir, "/")) }

// Chdir sets the folder relative names are looked up in.
func (f *FS) Chdir(name string) error {
	info, err := f.Stat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &fs.PathError{Op: "chdir", Path: name, Err: fs.ErrInvalid}
	}
	f.cwd = path.Join("/", filepath.ToSlash(f.local(name)))
	return nil
}

// Getwd returns the folder relative names are looked up in.
func (f *FS) Getwd() (string, error) { return f.cwd, nil }

// TempDir returns the folder itself: there is no other place inside.
func (f *FS) TempDir() string { return "/" }

var _ absfs.SymlinkFileSystem = (*FS)(nil)
