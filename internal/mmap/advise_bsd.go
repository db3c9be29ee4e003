//go:build darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func advise(b []byte, a Advice) error {
	advice, ok := advices[a]
	if !ok {
		return errors.ErrUnsupported
	}
	return os.NewSyscallError("madvise", unix.Madvise(b, advice))
}
