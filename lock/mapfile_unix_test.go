//go:build unix

package lock

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(f *os.File) ([]byte, func() error, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, int(fi.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return mem, func() error { return unix.Munmap(mem) }, err
}
