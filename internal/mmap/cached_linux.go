package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func readCached(f *os.File, p []byte, off int64) (n int, err error) {
	err = withDescriptor(f, func(fd int) error {
		for {
			n, err = unix.Preadv2(fd, [][]byte{p}, off, unix.RWF_NOWAIT)
			switch err {
			case nil:
				return nil
			case unix.EINTR:
			case unix.EAGAIN:
				n = 0
				return nil
			case unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL:
				return errors.ErrUnsupported
			default:
				return os.NewSyscallError("preadv2", err)
			}
		}
	})
	return max(n, 0), err
}
