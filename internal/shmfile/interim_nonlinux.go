//go:build !linux

package shmfile

import "os"

// Allocate makes room for n bytes.
func Allocate(f *os.File, n int64) error { return f.Truncate(n) }
