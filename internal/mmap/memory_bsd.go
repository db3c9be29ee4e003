//go:build freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var advices = map[Advice]int{
	Normal: unix.MADV_NORMAL, Random: unix.MADV_RANDOM, Sequential: unix.MADV_SEQUENTIAL,
	WillNeed: unix.MADV_WILLNEED, DontNeed: unix.MADV_DONTNEED, Free: unix.MADV_FREE,
}

func populate([]byte, bool) error { return errors.ErrUnsupported }

func populateFile(*os.File, int64, int) error { return errors.ErrUnsupported }

func readahead(*os.File, int64, int64) error { return errors.ErrUnsupported }

func fileAdvise(*os.File, int64, int64, Advice) error { return errors.ErrUnsupported }

func noCache(*os.File, bool) error { return errors.ErrUnsupported }
