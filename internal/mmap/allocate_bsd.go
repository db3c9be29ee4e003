//go:build netbsd || dragonfly || (freebsd && (386 || arm))

package mmap

import (
	"errors"
	"os"
)

func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
