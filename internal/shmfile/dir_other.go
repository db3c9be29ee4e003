//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package shmfile

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

var errNone = fmt.Errorf("no shared memory between processes on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)

func openDir(string, bool) (directory, error) { return nil, errNone }

func statFile(*os.File) (Stat, error) { return Stat{}, errNone }

func statPath(string) (Stat, error) { return Stat{}, errNone }
