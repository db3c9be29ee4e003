package mmap

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var advices = map[Advice]int{
	Normal: unix.MADV_NORMAL, Random: unix.MADV_RANDOM, Sequential: unix.MADV_SEQUENTIAL,
	WillNeed: unix.MADV_WILLNEED, DontNeed: unix.MADV_DONTNEED, Free: unix.MADV_FREE,
}

func populate([]byte, bool) error { return errors.ErrUnsupported }

// radvisory is struct radvisory of sys/fcntl.h.
type radvisory struct {
	offset int64
	count  int32
	_      int32
}

func readahead(f *os.File, off, n int64) error {
	const most = 1<<31 - 1
	ra := radvisory{offset: off, count: int32(min(n, most))}
	return withDescriptor(f, func(fd int) error {
		_, _, errno := unix.Syscall(unix.SYS_FCNTL, uintptr(fd), unix.F_RDADVISE, uintptr(unsafe.Pointer(&ra)))
		if errno != 0 {
			return os.NewSyscallError("fcntl", errno)
		}
		return nil
	})
}

func fileAdvise(f *os.File, off, n int64, a Advice) error {
	switch a {
	case WillNeed:
		return readahead(f, off, n)
	case Normal, Sequential, Random:
		return withDescriptor(f, func(fd int) error {
			on := 1
			if a == Random {
				on = 0
			}
			_, err := unix.FcntlInt(uintptr(fd), unix.F_RDAHEAD, on)
			return os.NewSyscallError("fcntl", err)
		})
	}
	return errors.ErrUnsupported
}

func noCache(f *os.File, on bool) error {
	arg := 0
	if on {
		arg = 1
	}
	return withDescriptor(f, func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_NOCACHE, arg)
		return os.NewSyscallError("fcntl", err)
	})
}
