package cases

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// evict puts the pages of a file out of memory, as far as nobody maps them.
func evict(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// maxResident returns the most memory this program had: VmHWM, which begins anew
// with a program, unlike ru_maxrss, which knows the parent's memory as well.
func maxResident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
