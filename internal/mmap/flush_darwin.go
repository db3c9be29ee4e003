package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncRange hands the pages to the drive and makes the drive write them: msync
// and fsync leave them in the drive's cache, F_FULLFSYNC (fcntl(2): "ask the
// drive to flush all buffered data to the permanent storage device") does not.
// Volumes of other systems and some of the network refuse it with ENOTSUP,
// EINVAL or ENOTTY; fsync(2) is then the most there is.
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

// writeback: MS_ASYNC of msync(2) returns when the writes are under way.
func writeback(b []byte, _ *os.File, _ int64) error {
	return os.NewSyscallError("msync", unix.Msync(b, unix.MS_ASYNC))
}
