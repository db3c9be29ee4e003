package mmap

import "golang.org/x/sys/unix"

const mapNoReserve = unix.MAP_NORESERVE

func sharing(flags Flag) int {
	m := unix.MAP_SHARED
	switch {
	case flags&Private != 0:
		m = unix.MAP_PRIVATE | unix.MAP_NORESERVE
	case flags&Durable != 0:
		m = unix.MAP_SHARED_VALIDATE | unix.MAP_SYNC
	}
	if flags&Prefault != 0 {
		m |= unix.MAP_POPULATE
	}
	if flags&LargePages != 0 {
		m |= unix.MAP_HUGETLB
	}
	return m
}
