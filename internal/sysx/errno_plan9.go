package sysx

import (
	"errors"
	"syscall"
)

// Stand-ins: Plan 9 tells errors by their text.
var (
	EBADF  error = syscall.NewError("bad file descriptor")
	EINVAL error = syscall.EINVAL
	ENOSPC error = errors.New("no space left on device")
	ENOMEM error = errors.New("out of memory")
	EACCES error = syscall.EACCES
	EPERM  error = syscall.EPERM
	ENODEV error = errors.New("no such device")
	EIO    error = syscall.EIO
	EFBIG  error = errors.New("file too large")
	EFAULT error = errors.New("bad address")
	EISDIR error = syscall.EISDIR
)
