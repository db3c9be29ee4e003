package shmfile

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

func systemDir() (string, bool) {
	const path = "/dev/shm"
	fi, err := os.Stat(path)
	return path, err == nil && fi.IsDir()
}

// reopen goes through /proc, which leads to the very file even when it has no
// name any more; without /proc the name has to do.
func reopen(f *os.File, path string, writable bool) (*os.File, error) {
	flags := unix.O_RDONLY
	if writable {
		flags = unix.O_RDWR
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var again *os.File
	var openErr error
	if err := raw.Control(func(fd uintptr) {
		again, openErr = openat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(fd)), f.Name(), flags, 0)
	}); err != nil {
		return nil, err
	}
	if openErr != nil && path != "" {
		return byPath(f, path, writable)
	}
	if openErr != nil {
		return nil, &os.PathError{Op: "reopen", Path: f.Name(), Err: openErr}
	}
	return again, nil
}
