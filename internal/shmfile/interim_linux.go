package shmfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// Allocate makes room for n bytes.
func Allocate(f *os.File, n int64) error {
	_, err := control(f, func(fd uintptr) (int, error) { return 0, unix.Fallocate(int(fd), 0, 0, n) })
	return os.NewSyscallError("fallocate", err)
}
