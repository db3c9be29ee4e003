package memmapfs

import (
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrNotMappable is matched by the error of Map for what is no regular file, of
	// handles for which plain reads and writes are not enough, and of Open and Map under MapRequire
	// when a file cannot be mapped; the error wraps the reason.
	ErrNotMappable = errors.New("memmapfs: file cannot be mapped")

	// ErrNotMapped is returned by operations on mapped memory when the handle
	// works by plain reads and writes.
	ErrNotMapped = errors.New("memmapfs: file is not mapped")

	// ErrNotPrivate is returned by Discard on files that are not copy-on-write.
	ErrNotPrivate = errors.New("memmapfs: file is not copy-on-write")

	errEmpty          = errors.New("an empty file cannot be mapped on this platform")
	errTooLarge       = errors.New("the file does not fit the address space")
	errNegativeOffset = errors.New("negative offset")
	errAppendWriteAt  = errors.New("memmapfs: invalid use of WriteAt on file opened with O_APPEND")
)

// outside says that n bytes at off are none of a file of size bytes.
func outside(off, n, size int64) error {
	return fmt.Errorf("%d bytes at %d of %d: %w", n, off, size, fs.ErrInvalid)
}

func (f *MappedFile) pathError(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

// asPathError names the file in err as f does, unless err joins several that
// name it already.
func (f *MappedFile) asPathError(op string, err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return &fs.PathError{Op: pe.Op, Path: f.name, Err: pe.Err}
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return err
	}
	return f.pathError(op, err)
}
