//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func accessOf(f *os.File) (Access, bool) {
	var a Access
	err := withDescriptor(f, func(fd int) error {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil {
			return err
		}
		mode := flags & unix.O_ACCMODE
		a = Access{
			Read:   mode == unix.O_RDONLY || mode == unix.O_RDWR,
			Write:  mode == unix.O_WRONLY || mode == unix.O_RDWR,
			Append: flags&unix.O_APPEND != 0,
		}
		return nil
	})
	return a, err == nil
}
