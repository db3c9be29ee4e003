package memmapfs

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
)

var errNoBase = fmt.Errorf("%w: New was given no file system to wrap: give it what osfs.NewFS returns, or another one", ErrConfig)

// noBase stands in for a file system that is nil: whatever is asked of it is
// errNoBase.
type noBase struct{}

// missing reports whether underlying is nil. So is the *osfs.FileSystem of a NewFS
// whose error nobody looked at.
func missing(underlying absfs.FileSystem) bool {
	native, ok := underlying.(*osfs.FileSystem)
	return underlying == nil || ok && native == nil
}

func noBaseFor(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: errNoBase} }

func (noBase) OpenFile(name string, _ int, _ fs.FileMode) (absfs.File, error) {
	return nil, noBaseFor("open", name)
}
func (noBase) Open(name string) (absfs.File, error)       { return nil, noBaseFor("open", name) }
func (noBase) Create(name string) (absfs.File, error)     { return nil, noBaseFor("open", name) }
func (noBase) Mkdir(name string, _ fs.FileMode) error     { return noBaseFor("mkdir", name) }
func (noBase) MkdirAll(name string, _ fs.FileMode) error  { return noBaseFor("mkdir", name) }
func (noBase) Remove(name string) error                   { return noBaseFor("remove", name) }
func (noBase) RemoveAll(name string) error                { return noBaseFor("remove", name) }
func (noBase) Rename(from, _ string) error                { return noBaseFor("rename", from) }
func (noBase) Stat(name string) (fs.FileInfo, error)      { return nil, noBaseFor("stat", name) }
func (noBase) Lstat(name string) (fs.FileInfo, error)     { return nil, noBaseFor("lstat", name) }
func (noBase) Chmod(name string, _ fs.FileMode) error     { return noBaseFor("chmod", name) }
func (noBase) Chtimes(name string, _, _ time.Time) error  { return noBaseFor("chtimes", name) }
func (noBase) Chown(name string, _, _ int) error          { return noBaseFor("chown", name) }
func (noBase) Lchown(name string, _, _ int) error         { return noBaseFor("lchown", name) }
func (noBase) Truncate(name string, _ int64) error        { return noBaseFor("truncate", name) }
func (noBase) ReadDir(name string) ([]fs.DirEntry, error) { return nil, noBaseFor("readdir", name) }
func (noBase) ReadFile(name string) ([]byte, error)       { return nil, noBaseFor("read", name) }
func (noBase) Sub(dir string) (fs.FS, error)              { return nil, noBaseFor("sub", dir) }
func (noBase) Readlink(name string) (string, error)       { return "", noBaseFor("readlink", name) }
func (noBase) Symlink(old, _ string) error                { return noBaseFor("symlink", old) }
func (noBase) Chdir(dir string) error                     { return noBaseFor("chdir", dir) }
func (noBase) Getwd() (string, error)                     { return "", errNoBase }
func (noBase) TempDir() string                            { return "" }

var _ absfs.SymlinkFileSystem = noBase{}
