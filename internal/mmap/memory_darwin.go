package mmap

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// advices are those of madvise(2) that keep the data. MADV_FREE does for memory
// without a file; MADV_CAN_REUSE and MADV_ZERO_WIRED_PAGES have no name here.
var advices = map[Advice]int{
	Normal: unix.MADV_NORMAL, Random: unix.MADV_RANDOM, Sequential: unix.MADV_SEQUENTIAL,
	WillNeed: unix.MADV_WILLNEED, DontNeed: unix.MADV_DONTNEED, Free: unix.MADV_FREE,
}

// populate: mmap(2) has no MAP_POPULATE, madvise(2) nothing that waits.
func populate([]byte, bool) error { return errors.ErrUnsupported }

func populateFile(*os.File, int64, int) error { return errors.ErrUnsupported }

// radvisory is struct radvisory of <sys/fcntl.h>: off_t ra_offset, int ra_count.
type radvisory struct {
	offset int64
	count  int32
	_      int32
}

// readahead: F_RDADVISE of fcntl(2), "an advisory read async with no copy to
// user". The count is an int, so that longer ranges are cut; it is advice.
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

// fileAdvise: there is no posix_fadvise(2); F_RDAHEAD of fcntl(2) turns the
// read-ahead of a descriptor on and off.
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

// noCache: F_NOCACHE of fcntl(2) turns data caching of a descriptor off and on.
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
