package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func allocate(f *os.File, off, n int64) error {
	return fallocate(f, 0, off, n)
}

func allocateBeyond(f *os.File, off, n int64) error {
	return fallocate(f, unix.FALLOC_FL_KEEP_SIZE, off, n)
}

func punchHole(f *os.File, off, n int64) error {
	return fallocate(f, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
}

func fallocate(f *os.File, mode uint32, off, n int64) error {
	return withDescriptor(f, func(fd int) error {
		for {
			switch err := unix.Fallocate(fd, mode, off, n); err {
			case unix.EINTR:
			case unix.EOPNOTSUPP, unix.ENOSYS:
				return errors.ErrUnsupported
			default:
				return os.NewSyscallError("fallocate", err)
			}
		}
	})
}
