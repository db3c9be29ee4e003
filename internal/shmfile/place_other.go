//go:build !linux

package shmfile

import "os"

func systemDir() (string, bool) { return "", false }

func reopen(f *os.File, path string, writable bool) (*os.File, error) {
	return byPath(f, path, writable)
}
