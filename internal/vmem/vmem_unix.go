//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package vmem

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var pageSize = uintptr(os.Getpagesize())

// mapped asks msync, which checks the whole range before it does anything and
// says ENOMEM when a part of it is not mapped. MS_ASYNC starts no I/O that
// would not happen anyway.
func mapped(addr uintptr) bool {
	page := addr &^ (pageSize - 1)
	if page == 0 {
		return false
	}
	// The page is looked up by the kernel only; no Go code reads through this slice.
	p := *(*unsafe.Pointer)(unsafe.Pointer(&page))
	err := unix.Msync(unsafe.Slice((*byte)(p), 1), unix.MS_ASYNC)
	return !errors.Is(err, unix.ENOMEM)
}

func busError() os.Signal { return unix.SIGBUS }
