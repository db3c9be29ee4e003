//go:build !linux

package shmfile

import (
	"errors"
	"os"
)

func anonymous(string, bool) (*os.File, error) { return nil, errors.ErrUnsupported }

func addSeals(*os.File, Seals) error { return errors.ErrUnsupported }

func getSeals(*os.File) (Seals, error) { return 0, errors.ErrUnsupported }

func hugePageSize(*os.File) int64 { return 0 }
