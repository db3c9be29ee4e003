//go:build !386 && !arm

package mmap

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// allocate: posix_fallocate(2) grows the file too. It hands its error back as
// its result. ZFS, which cannot promise space, says EINVAL; the range is checked
// before.
func allocate(f *os.File, off, n int64) error {
	return withDescriptor(f, func(fd int) error {
		for {
			result, _, errno := unix.Syscall(unix.SYS_POSIX_FALLOCATE, uintptr(fd), uintptr(off), uintptr(n))
			if errno == 0 {
				errno = syscall.Errno(result)
			}
			switch errno {
			case 0:
				return nil
			case unix.EINTR:
			case unix.EINVAL, unix.EOPNOTSUPP, unix.ENODEV, unix.ENOSYS:
				return errors.ErrUnsupported
			default:
				return os.NewSyscallError("posix_fallocate", errno)
			}
		}
	})
}
