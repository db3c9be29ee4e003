//go:build darwin || freebsd || netbsd || dragonfly || windows

package mmap

import "os"

func reopenReadWrite(f *os.File) (*os.File, error) { return reopenByName(f, os.O_RDWR) }
