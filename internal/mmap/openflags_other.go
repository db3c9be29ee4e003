//go:build !(linux || darwin || freebsd || netbsd || dragonfly)

package mmap

import "os"

func accessOf(*os.File) (Access, bool) { return Access{}, false }
