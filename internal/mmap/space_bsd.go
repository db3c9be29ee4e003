//go:build freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"os"
)

func allocateBeyond(*os.File, int64, int64) error { return errors.ErrUnsupported }
func punchHole(*os.File, int64, int64) error      { return errors.ErrUnsupported }
