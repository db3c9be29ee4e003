//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"io/fs"
	"os"
	"syscall"
)

func idOf(f *os.File) (FileID, bool) {
	info, err := f.Stat()
	if err != nil {
		return FileID{}, false
	}
	return idOfInfo(info)
}

func idOfInfo(info fs.FileInfo) (FileID, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileID{}, false
	}
	return FileID{Volume: uint64(st.Dev), Index: uint64(st.Ino)}, true
}

func linksOf(info fs.FileInfo) (uint64, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(st.Nlink), true
}
