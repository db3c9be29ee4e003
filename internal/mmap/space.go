package mmap

import (
	"errors"
	"fmt"
	"os"
)

// Allocate makes the file system set space aside for n bytes of f from off and
// grows the file to off+n when it was shorter, so that later writes there, also
// through a map, cannot run out of space. What the file holds stays as it is.
// On a full disk the error matches ENOSPC and the length is what it was.
// File systems that cannot allocate get zeros written into what they lack.
func Allocate(f *os.File, off, n int64) error {
	if off < 0 || n <= 0 || off > off+n {
		return fmt.Errorf("allocate %d bytes at offset %d: %w", n, off, errInvalid)
	}
	if err := Intercept(Call{Op: OpAllocate, Name: nameOf(f), Off: off, Len: n}); err != nil {
		return err
	}
	before, err := f.Stat()
	if err != nil {
		return err
	}
	err = allocate(f, off, n)
	if errors.Is(err, errors.ErrUnsupported) {
		err = writeZeros(f, off, n, before.Size())
	}
	if err != nil {
		undoGrowth(f, before.Size())
	}
	return err
}

// AllocateBeyond is Allocate without a change of the file's length: the space
// waits for the file to grow into it. errors.ErrUnsupported where that cannot be.
func AllocateBeyond(f *os.File, off, n int64) error {
	if off < 0 || n <= 0 || off > off+n {
		return fmt.Errorf("allocate %d bytes at offset %d: %w", n, off, errInvalid)
	}
	if err := Intercept(Call{Op: OpAllocate, Name: nameOf(f), Off: off, Len: n}); err != nil {
		return err
	}
	return allocateBeyond(f, off, n)
}

// Truncate sets the length of f.
func Truncate(f *os.File, size int64) error {
	if err := Intercept(Call{Op: OpTruncate, Name: nameOf(f), Len: size}); err != nil {
		return err
	}
	return f.Truncate(size)
}

// PunchHole gives the space of n bytes of f from off back to the file system.
// The range reads as zeros afterwards: data in it is destroyed. The length does
// not change.
func PunchHole(f *os.File, off, n int64) error {
	if off < 0 || n <= 0 || off > off+n {
		return fmt.Errorf("punch a hole of %d bytes at offset %d: %w", n, off, errInvalid)
	}
	if err := Intercept(Call{Op: OpPunchHole, Name: nameOf(f), Off: off, Len: n}); err != nil {
		return err
	}
	return punchHole(f, off, n)
}

// undoGrowth takes back a growth that failed half-way.
func undoGrowth(f *os.File, size int64) {
	if info, err := f.Stat(); err == nil && info.Size() > size {
		_ = f.Truncate(size)
	}
}

// writeZeros fills the range beyond size with zeros and rewrites one byte of
// every block before it with itself, which makes the file system allocate holes.
// Another writer of the same bytes at the same moment could be undone by that,
// so it is left to file systems without any allocation call.
func writeZeros(f *os.File, off, n, size int64) error {
	const block = 4096
	one := make([]byte, 1)
	for at := off; at < min(off+n, size); at += block {
		if _, err := f.ReadAt(one, at); err != nil {
			return err
		}
		if one[0] != 0 {
			continue
		}
		if _, err := f.WriteAt(one, at); err != nil {
			return err
		}
	}
	zeros := make([]byte, 1<<16)
	for at := max(off, size); at < off+n; {
		k, err := f.WriteAt(zeros[:min(int64(len(zeros)), off+n-at)], at)
		if err != nil {
			return err
		}
		at += int64(k)
	}
	return nil
}
