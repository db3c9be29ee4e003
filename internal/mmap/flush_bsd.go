//go:build freebsd || netbsd || dragonfly

package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func syncRange(b []byte, _ *os.File) error {
	return os.NewSyscallError("msync", unix.Msync(b, unix.MS_SYNC))
}

func writeback(b []byte, _ *os.File, _ int64) error {
	return os.NewSyscallError("msync", unix.Msync(b, unix.MS_SYNC))
}
