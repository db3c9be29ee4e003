//go:build freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"os"
)

func populate([]byte, bool) error { return errors.ErrUnsupported }

func populateFile(*os.File, int64, int) error { return errors.ErrUnsupported }

func noCache(*os.File, bool) error { return errors.ErrUnsupported }
