//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package shmfile

import (
	"errors"
	"os"
)

func openDir(string, bool) (directory, error) { return nil, errors.ErrUnsupported }

func statFile(*os.File) (Stat, error) { return Stat{}, errors.ErrUnsupported }

func statPath(string) (Stat, error) { return Stat{}, errors.ErrUnsupported }
