//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func lock(b []byte) error   { return os.NewSyscallError("mlock", unix.Mlock(b)) }
func unlock(b []byte) error { return os.NewSyscallError("munlock", unix.Munlock(b)) }

// resident asks in pieces: the vector of a huge mapping would be huge too.
func resident(b []byte) (int64, error) {
	var vec [1024]byte
	var pages int64
	for len(b) > 0 {
		n := min(len(b), len(vec)*pageSize)
		_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&b[0])), uintptr(n), uintptr(unsafe.Pointer(&vec[0])))
		if errno != 0 {
			return 0, os.NewSyscallError("mincore", errno)
		}
		for _, v := range vec[:(n+pageSize-1)/pageSize] {
			pages += int64(v & 1)
		}
		b = b[n:]
	}
	return pages * int64(pageSize), nil
}

func lockLimit() (int64, bool) {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &r) != nil || uint64(r.Cur) > 1<<62 {
		return 0, false
	}
	return int64(r.Cur), true
}
