package host

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func space(dir string) (size, free uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return st.Blocks * uint64(st.Bsize), st.Bavail * uint64(st.Bsize), nil
}

func look() Limits {
	l := Limits{
		LockedBytes: limit(unix.RLIMIT_MEMLOCK), OpenFiles: limit(unix.RLIMIT_NOFILE), FileBytes: limit(unix.RLIMIT_FSIZE),
		MapCount: number("/proc/sys/vm/max_map_count"), HugePages: number("/proc/sys/vm/nr_hugepages"),
	}
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		l.Kernel = strings.TrimSpace(string(b))
	}
	return l
}

func number(path string) uint64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
