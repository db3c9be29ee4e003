package memmapfs_test

import (
	"io"
	"os"
	"runtime"
)

// What *os.File does on Windows and a mapped file does not: programs are kept
// from asking for it there.
const quirky = runtime.GOOS == "windows"

// portableFlags leaves os.O_APPEND out where os.File appends although it may
// only read, or does not append because it may truncate.
func portableFlags(flag int) int {
	reads := flag&(os.O_WRONLY|os.O_RDWR) == 0
	if quirky && (reads || flag&os.O_TRUNC != 0) {
		return flag &^ os.O_APPEND
	}
	return flag
}

// portableLength is never zero where an empty read through a handle that may not
// read is an error, and an empty write moves the position of one that appends.
func portableLength(n int) int {
	if quirky {
		return max(n, 1)
	}
	return n
}

// portableWhence is a known one where os.File takes the others for
// io.SeekStart.
func portableWhence(whence int) int {
	if quirky && whence > io.SeekEnd {
		return io.SeekStart
	}
	return whence
}
