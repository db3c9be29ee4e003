package host

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// The numbers and commands asked for below, from linux/membarrier.h and
// asm-generic/mman-common.h.
const (
	membarrierQuery           = 0
	membarrierGlobalExpedited = 1 << 1
	madvPopulateRead          = 22
)

func features() []Feature {
	barriers, _, _ := unix.Syscall(unix.SYS_MEMBARRIER, membarrierQuery, 0, 0)
	// An empty list is refused where there is the call.
	_, _, waitv := unix.Syscall6(unix.SYS_FUTEX_WAITV, 0, 0, 0, 0, 0, 0)
	sealed, locks := file()
	return []Feature{
		{"futex_waitv (Linux 5.16)", waitv == unix.EINVAL, "a wait that a context can end looks up every few milliseconds instead"},
		{"membarrier (Linux 4.16)", int(barriers) > 0 && barriers&membarrierGlobalExpedited != 0, "each record costs a fence instead"},
		{"memfd_create with seals (Linux 3.17)", sealed, "region.Anonymous does not work; regions with names do"},
		{"OFD locks (Linux 3.15)", locks, "nobody's death is noticed; nothing works without"},
		{"MADV_POPULATE (Linux 5.14)", populates(), "pages are touched one by one to have them in memory"},
	}
}

// file tries what it takes an open file for.
func file() (sealed, locks bool) {
	fd, err := unix.MemfdCreate("shmkit", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err == nil {
		defer unix.Close(fd)
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK)
		return err == nil, lockable(uintptr(fd))
	}
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return false, false
	}
	defer f.Close()
	return false, lockable(f.Fd())
}

func lockable(fd uintptr) bool {
	return unix.FcntlFlock(fd, unix.F_OFD_GETLK, &unix.Flock_t{Type: unix.F_RDLCK}) == nil
}

func populates() bool {
	b, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Munmap(b) }()
	return unix.Madvise(b, madvPopulateRead) == nil
}

func transparentHuge() string {
	b, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), "[")
	mode, _, _ := strings.Cut(rest, "]")
	return mode
}

func memoryLimit() uint64 {
	if n := number("/sys/fs/cgroup/memory.max"); n > 0 {
		return n
	}
	// The first version writes a number near 2^63 for none.
	if n := number("/sys/fs/cgroup/memory/memory.limit_in_bytes"); n < 1<<60 {
		return n
	}
	return 0
}
