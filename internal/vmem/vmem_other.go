//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package vmem

import "os"

func mapped(uintptr) bool { return true }

func busError() os.Signal { return nil }
