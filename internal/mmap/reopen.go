package mmap

import (
	"io/fs"
	"os"
	"syscall"
)

// Duplicate returns a second descriptor of the same open file, which is not
// inherited by children.
func Duplicate(f *os.File) (*os.File, error) { return DuplicateConn(f, f.Name()) }

// Conn is what leads to a descriptor: an *os.File, a connection.
type Conn interface {
	SyscallConn() (syscall.RawConn, error)
}

// DuplicateConn is Duplicate for anything that has a descriptor.
func DuplicateConn(c Conn, name string) (*os.File, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var f *os.File
	var inner error
	if err := raw.Control(func(fd uintptr) { f, inner = DuplicateFd(fd, name) }); err != nil {
		return nil, err
	}
	return f, inner
}

// DuplicateFd is Duplicate for a bare descriptor.
func DuplicateFd(fd uintptr, name string) (*os.File, error) {
	if err := Intercept(Call{Op: OpOpen, Name: name}); err != nil {
		return nil, err
	}
	return duplicateFd(fd, name)
}

// ReopenReadWrite opens the file behind f once more, for reading and writing,
// where the permissions allow that.
func ReopenReadWrite(f *os.File) (*os.File, error) {
	if err := Intercept(Call{Op: OpOpen, Name: nameOf(f)}); err != nil {
		return nil, err
	}
	return reopenReadWrite(f)
}

// reopenByName opens the name f was opened under and makes sure that it still
// leads to the same file.
func reopenByName(f *os.File, flag int) (*os.File, error) {
	g, err := os.OpenFile(f.Name(), flag, 0)
	if err != nil {
		return nil, err
	}
	a, err := f.Stat()
	if err == nil {
		var b fs.FileInfo
		if b, err = g.Stat(); err == nil && !os.SameFile(a, b) {
			err = &fs.PathError{Op: "reopen", Path: f.Name(), Err: fs.ErrNotExist}
		}
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}
