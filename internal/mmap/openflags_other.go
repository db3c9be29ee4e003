//go:build !(linux || darwin || freebsd || netbsd || dragonfly || windows)

package mmap

import "os"

func accessOf(*os.File) (Access, bool) { return Access{}, false }
