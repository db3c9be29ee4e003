//go:build !linux

package mmap

import (
	"errors"
	"os"
)

func readCached(*os.File, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }
