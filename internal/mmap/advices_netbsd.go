package mmap

import "golang.org/x/sys/unix"

var advices = map[Advice]int{
	Normal: unix.MADV_NORMAL, Random: unix.MADV_RANDOM, Sequential: unix.MADV_SEQUENTIAL,
	WillNeed: unix.MADV_WILLNEED, DontNeed: unix.MADV_DONTNEED, Free: unix.MADV_FREE,
}
