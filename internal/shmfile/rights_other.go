//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package shmfile

import (
	"errors"
	"net"
	"os"
)

func send(*net.UnixConn, *os.File) error { return errors.ErrUnsupported }

func receive(*net.UnixConn) (*os.File, error) { return nil, errors.ErrUnsupported }

func duplicate(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }
