//go:build !linux

package mmap

import (
	"errors"
	"os"
)

func writebackFile(*os.File) error { return errors.ErrUnsupported }
