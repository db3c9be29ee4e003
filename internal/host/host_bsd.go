//go:build darwin || freebsd

package host

import (
	"os"

	"golang.org/x/sys/unix"
)

func space(dir string) (size, free uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	// FreeBSD counts below zero in the reserve of the superuser.
	free = uint64(max(int64(st.Bavail), 0)) * uint64(st.Bsize)
	return st.Blocks * uint64(st.Bsize), free, nil
}

func look() Limits {
	l := Limits{LockedBytes: limit(unix.RLIMIT_MEMLOCK), OpenFiles: limit(unix.RLIMIT_NOFILE), FileBytes: limit(unix.RLIMIT_FSIZE)}
	l.Kernel, _ = unix.Sysctl("kern.osrelease")
	return l
}
