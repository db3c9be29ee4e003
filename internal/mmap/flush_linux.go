package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func syncRange(b []byte, _ *os.File) error {
	for {
		err := unix.Msync(b, unix.MS_SYNC)
		if err != unix.EINTR {
			return os.NewSyscallError("msync", err)
		}
	}
}

// writeback uses sync_file_range: msync(MS_ASYNC) has done nothing since Linux
// 2.6.19.
func writeback(b []byte, f *os.File, off int64) error {
	return withDescriptor(f, func(fd int) error {
		err := unix.SyncFileRange(fd, off, int64(len(b)), unix.SYNC_FILE_RANGE_WRITE)
		if err == unix.ESPIPE || err == unix.ENOSYS || err == unix.EINVAL {
			return nil
		}
		return os.NewSyscallError("sync_file_range", err)
	})
}

func writebackFile(f *os.File) error {
	return withDescriptor(f, func(fd int) error {
		err := unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
		if err == unix.ESPIPE || err == unix.ENOSYS || err == unix.EINVAL {
			return errors.ErrUnsupported
		}
		return os.NewSyscallError("sync_file_range", err)
	})
}
