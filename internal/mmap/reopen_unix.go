//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func duplicateFd(fd uintptr, name string) (*os.File, error) {
	n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(n), name), nil
}
