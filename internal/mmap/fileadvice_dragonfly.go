package mmap

import (
	"errors"
	"os"
)

func readahead(*os.File, int64, int64) error { return errors.ErrUnsupported }

func fileAdvise(*os.File, int64, int64, Advice) error { return errors.ErrUnsupported }
