//go:build linux || darwin || freebsd

package host

import (
	"os"

	"golang.org/x/sys/unix"
)

func pageFaults() (minor, major uint64, err error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, 0, os.NewSyscallError("getrusage", err)
	}
	return uint64(u.Minflt), uint64(u.Majflt), nil
}

func limit(which int) uint64 {
	var r unix.Rlimit
	switch {
	case unix.Getrlimit(which, &r) != nil:
		return 0
	case r.Cur == unix.RLIM_INFINITY: // the largest signed number on some systems
		return Unlimited
	}
	return uint64(r.Cur)
}
