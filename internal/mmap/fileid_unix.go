//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"os"
	"syscall"
)

func idOf(f *os.File) (FileID, bool) {
	info, err := f.Stat()
	if err != nil {
		return FileID{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileID{}, false
	}
	return FileID{Volume: uint64(st.Dev), Index: uint64(st.Ino)}, true
}
