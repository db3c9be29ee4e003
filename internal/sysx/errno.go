//go:build !plan9

package sysx

import "syscall"

// Error numbers under the names of POSIX. Platforms without one of them have a
// stand-in that no system call returns.
var (
	EBADF  error = syscall.EBADF
	EINVAL error = syscall.EINVAL
	ENOSPC error = syscall.ENOSPC
	ENOMEM error = syscall.ENOMEM
	EACCES error = syscall.EACCES
	EPERM  error = syscall.EPERM
	ENODEV error = syscall.ENODEV
	EIO    error = syscall.EIO
	EFBIG  error = syscall.EFBIG
	EFAULT error = syscall.EFAULT
	EISDIR error = syscall.EISDIR
)
