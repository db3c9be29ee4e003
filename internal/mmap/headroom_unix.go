//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import "golang.org/x/sys/unix"

// hasRoom reports whether n more bytes of addresses are to be had, as they are
// in a process without a limit.
func hasRoom(n int) bool {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil || unlimited(uint64(limit.Cur)) {
		return true
	}
	b, err := reserve(n)
	return err == nil && unmap(b) == nil
}

// unlimited reports whether a limit is no limit: systems use the largest number
// of 63 or of 64 bits for that.
func unlimited(limit uint64) bool { return limit >= 1<<63-1 }
