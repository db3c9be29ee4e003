package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var advices = [...]int{
	Normal: unix.MADV_NORMAL, Random: unix.MADV_RANDOM, Sequential: unix.MADV_SEQUENTIAL,
	WillNeed: unix.MADV_WILLNEED, DontNeed: unix.MADV_DONTNEED, Cold: unix.MADV_COLD,
	PageOut: unix.MADV_PAGEOUT, HugePage: unix.MADV_HUGEPAGE, NoHugePage: unix.MADV_NOHUGEPAGE,
	Collapse: unix.MADV_COLLAPSE, Mergeable: unix.MADV_MERGEABLE, Unmergeable: unix.MADV_UNMERGEABLE,
	DontFork: unix.MADV_DONTFORK, DoFork: unix.MADV_DOFORK, DontDump: unix.MADV_DONTDUMP,
	DoDump: unix.MADV_DODUMP, Free: unix.MADV_FREE,
}

func advise(b []byte, a Advice) error {
	if a < 0 || int(a) >= len(advices) {
		return errors.ErrUnsupported
	}
	return os.NewSyscallError("madvise", unix.Madvise(b, advices[a]))
}

func populate(b []byte, write bool) error {
	advice := unix.MADV_POPULATE_READ
	if write {
		advice = unix.MADV_POPULATE_WRITE
	}
	for {
		switch err := unix.Madvise(b, advice); err {
		case unix.EINTR, unix.EAGAIN:
		case unix.EINVAL:
			return errors.ErrUnsupported
		default:
			return os.NewSyscallError("madvise", err)
		}
	}
}

func populateFile(f *os.File, off int64, n int) error {
	b, err := Map(f, off, n, Read, 0)
	if err != nil {
		return err
	}
	// A fault brings in as much as such a page holds, if it is allowed. It is a
	// mapping of its own since the others should not bring in so much for each read.
	_ = Advise(b, HugePage)
	return errors.Join(Populate(b, false), Unmap(b))
}

func readahead(f *os.File, off, n int64) error {
	return fileAdvise(f, off, n, WillNeed)
}

func fileAdvise(f *os.File, off, n int64, a Advice) error {
	var advice int
	switch a {
	case Normal:
		advice = unix.FADV_NORMAL
	case Random:
		advice = unix.FADV_RANDOM
	case Sequential:
		advice = unix.FADV_SEQUENTIAL
	case WillNeed:
		advice = unix.FADV_WILLNEED
	case DontNeed:
		advice = unix.FADV_DONTNEED
	default:
		return errors.ErrUnsupported
	}
	return withDescriptor(f, func(fd int) error {
		return os.NewSyscallError("fadvise64", unix.Fadvise(fd, off, n, advice))
	})
}

func noCache(*os.File, bool) error { return errors.ErrUnsupported }
