//go:build freebsd || netbsd

package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The values of <sys/fcntl.h>, which both systems share and x/sys names for one.
var fileAdvices = map[Advice]int{Normal: 0, Random: 1, Sequential: 2, WillNeed: 3, DontNeed: 4}

func readahead(f *os.File, off, n int64) error { return fileAdvise(f, off, n, WillNeed) }

// fileAdvise: posix_fadvise(2) hands its error back as its result, which the
// wrapper drops: what a file system does not follow looks like advice taken.
func fileAdvise(f *os.File, off, n int64, a Advice) error {
	advice, ok := fileAdvices[a]
	if !ok {
		return errors.ErrUnsupported
	}
	return withDescriptor(f, func(fd int) error {
		return os.NewSyscallError("posix_fadvise", unix.Fadvise(fd, off, n, advice))
	})
}
