package memmapfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// readFaulted is called after a fault in [off, off+len(p)). The descriptor
// knows more than the fault: a device's error number, or that the file is
// shorter now. A truncated file is an error of this operation; the next one
// sees the new length.
func (f *MappedFile) readFaulted(p []byte, off int64, fault error) (int, error) {
	f.stats.faults.Add(1)
	if f.closed.Load() {
		return 0, f.pathError("read", fs.ErrClosed)
	}
	if f.img != nil {
		err := f.imageFault(len(p), off, fault)
		if _, lerr := f.learn(); lerr != nil {
			return 0, f.closedOr("read", fmt.Errorf("%w: %w", err, lerr))
		}
		return 0, f.pathError("read", err)
	}
	size, err := f.learn()
	if err != nil {
		return 0, f.closedOr("read", fmt.Errorf("%w: %w", fault, err))
	}
	if int64(len(p)) > size-off {
		return 0, f.pathError("read", fmt.Errorf("%w: %w", fault, io.ErrUnexpectedEOF))
	}
	n, err := f.native.ReadAt(p, off)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		return 0, f.pathError("read", fmt.Errorf("%w: %w", fault, io.ErrUnexpectedEOF))
	}
	return n, f.closedOr("read", fmt.Errorf("%w: %w", fault, err))
}

// imageFault adds to a fault in an image what its base says about the range:
// the device's error number, or that the base is shorter than it was.
func (f *MappedFile) imageFault(n int, off int64, fault error) error {
	if f.native != nil {
		_, err := f.native.ReadAt(make([]byte, n), off)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", fault, err)
		}
	}
	return fmt.Errorf("%w: %w", fault, io.ErrUnexpectedEOF)
}

// writeFaulted is readFaulted for writing. A file that was truncated is not
// made longer again behind the back of whoever did it.
func (f *MappedFile) writeFaulted(p []byte, off int64, fault error) (int, error) {
	f.stats.faults.Add(1)
	size, err := f.learn()
	if err != nil {
		return 0, f.closedOr("write", fmt.Errorf("%w: %w", fault, err))
	}
	size = max(size, f.size.ahead.Load()) // a mapping that was replaced faults, too
	if int64(len(p)) > size-off {
		return 0, f.pathError("write", fmt.Errorf("%w: %w", fault, io.ErrUnexpectedEOF))
	}
	n, err := f.native.WriteAt(p, off)
	if err != nil {
		err = f.closedOr("write", fmt.Errorf("%w: %w", fault, err))
	}
	return n, err
}
