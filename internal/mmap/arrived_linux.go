package mmap

import "golang.org/x/sys/unix"

// Arrived is how many bytes a read of the socket c gets without waiting, 0 where
// nobody knows.
func Arrived(c Conn) int64 {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	if cerr := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }); cerr != nil || err != nil {
		return 0
	}
	return int64(n)
}
