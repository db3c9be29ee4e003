//go:build darwin || freebsd || netbsd || dragonfly

package mmap

import "golang.org/x/sys/unix"

// These systems overcommit addresses of private mappings by themselves.
const mapNoReserve = 0

func sharing(flags Flag) int {
	if flags&Private != 0 {
		return unix.MAP_PRIVATE
	}
	return unix.MAP_SHARED
}
