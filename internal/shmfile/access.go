package shmfile

import (
	"errors"
	"syscall"
)

// NeedsWrite reports whether err is the refusal of an exclusive lock through a
// descriptor that cannot write (Unix asks for that, Windows does not).
func NeedsWrite(err error) bool { return errors.Is(err, syscall.EBADF) }
