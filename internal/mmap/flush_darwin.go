package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncRange hands the pages to the drive and makes the drive write them: msync
// alone leaves them in the drive's cache.
func syncRange(b []byte, f *os.File) error {
	if err := unix.Msync(b, unix.MS_SYNC); err != nil {
		return os.NewSyscallError("msync", err)
	}
	return withDescriptor(f, func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0)
		if err == unix.ENOTSUP || err == unix.EINVAL || err == unix.ENOTTY {
			err = unix.Fsync(fd)
		}
		return os.NewSyscallError("fcntl", err)
	})
}

func writeback(b []byte, _ *os.File, _ int64) error {
	return os.NewSyscallError("msync", unix.Msync(b, unix.MS_ASYNC))
}
