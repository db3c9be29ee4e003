package shmfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/absfs/shmkit/internal/mmap"
)

// Stat is what a region needs to know of a file.
type Stat struct {
	Mode      fs.FileMode // type and permission bits
	Size      int64       // length in bytes
	Allocated int64       // bytes of memory or disk behind it; -1 where unknown
	UID       int         // owner; -1 where the platform has none
	GID       int         // group; -1 where the platform has none
	Links     uint64      // names that lead to it
	id        fileID
}

type fileID struct{ device, index uint64 }

// Same reports whether both describe one file, whatever its names.
func (s Stat) Same(t Stat) bool { return s.id == t.id }

// Dir is an open folder. Everything done through it is done in that very
// folder, wherever its path leads later (on Windows: at its path).
// A Dir may be used by several goroutines; Close ends that.
type Dir struct {
	path string
	os   directory
}

// directory is the part each platform brings.
type directory interface {
	stat(name string) (Stat, error)
	self() (Stat, error)
	open(name string, writable bool) (*os.File, error)
	unlink(name string) error
	names() ([]string, error)
	draft(name string, perm fs.FileMode) (*Draft, error)
	publish(d *Draft, name string) error
	sync() error
	close() error
}

// OpenDir opens the folder at path. When private is set, the folder is made if
// it is missing, with access for its owner alone, and a symbolic link in its
// place is refused.
func OpenDir(path string, private bool) (*Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if private {
		if err := os.MkdirAll(abs, 0o700); err != nil {
			return nil, err
		}
	}
	var d directory
	if err = before("open folder", abs); err == nil {
		d, err = openDir(abs, !private)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: abs, Err: err}
	}
	return &Dir{path: abs, os: d}, nil
}

// Path is the absolute path the folder was opened at.
func (d *Dir) Path() string { return d.path }

// Join is the path of name in the folder.
func (d *Dir) Join(name string) string { return filepath.Join(d.path, name) }

// Close releases the folder.
func (d *Dir) Close() error { return d.os.close() }

// Self describes the folder.
func (d *Dir) Self() (Stat, error) {
	if err := before("stat", d.path); err != nil {
		return Stat{}, d.wrap("stat", "", err)
	}
	s, err := d.os.self()
	return s, d.wrap("stat", "", err)
}

// Stat describes name without following a symbolic link.
func (d *Dir) Stat(name string) (Stat, error) {
	if err := before("lstat", name); err != nil {
		return Stat{}, d.wrap("lstat", name, err)
	}
	s, err := d.os.stat(name)
	return s, d.wrap("lstat", name, err)
}

// Open opens name for reading, or for reading and writing. It never follows a
// symbolic link, never creates, never waits for the other end of a FIFO and
// never becomes a child's descriptor.
func (d *Dir) Open(name string, writable bool) (*os.File, error) {
	if err := before("open", name); err != nil {
		return nil, d.wrap("open", name, err)
	}
	f, err := d.os.open(name, writable)
	return f, d.wrap("open", name, err)
}

// Unlink takes the name away.
func (d *Dir) Unlink(name string) error {
	err := before("unlink", name)
	if err == nil {
		err = d.os.unlink(name)
	}
	return d.wrap("unlink", name, err)
}

// Names lists the folder, unsorted.
func (d *Dir) Names() ([]string, error) {
	if err := before("readdir", d.path); err != nil {
		return nil, d.wrap("readdir", "", err)
	}
	n, err := d.os.names()
	return n, d.wrap("readdir", "", err)
}

// Sync makes names that were published or taken away durable.
func (d *Dir) Sync() error {
	err := before("sync folder", d.path)
	if err == nil {
		err = d.os.sync()
	}
	return d.wrap("sync", "", err)
}

func (d *Dir) wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: d.Join(name), Err: err}
}

// StatFile describes an open file.
func StatFile(f *os.File) (Stat, error) {
	var s Stat
	err := before("fstat", f.Name())
	if err == nil {
		s, err = statFile(f)
	}
	if err != nil {
		return s, &fs.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	return s, nil
}

const (
	tempPrefix = ".shmkit-"
	tempSuffix = ".tmp"
)

// IsTemp reports whether name is one that a Draft uses while it is unpublished.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}

// StatPath describes path without following a symbolic link in its last element.
func StatPath(path string) (Stat, error) {
	var s Stat
	err := before("lstat", path)
	if err == nil {
		s, err = statPath(path)
	}
	if err != nil {
		return s, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return s, nil
}

// before lets tests fail a call instead of making it.
func before(op, name string) error {
	return mmap.Intercept(mmap.Call{Op: mmap.Op(op), Name: name})
}
