//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"os"
)

func mapMirror(f *os.File, off int64, n int, prot Prot) ([]byte, func() error, error) {
	b, err := reserve(2 * n)
	if err != nil {
		return nil, nil, err
	}
	for _, half := range [][]byte{b[:n], b[n:]} {
		if err := mapFileAt(half, f, off, prot, 0); err != nil {
			return nil, nil, errors.Join(err, unmap(b))
		}
	}
	return b, func() error { return Unmap(b) }, nil
}
