package stream

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const pinnedEnv = "SHMBENCH_PINNED"

// pin binds this process to one processor. It executes the program again, so
// that every thread of the runtime is bound and GOMAXPROCS follows.
func pin(cpu int) error {
	if cpu < 0 || os.Getenv(pinnedEnv) != "" {
		return nil
	}
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("bind to processor %d: %w", cpu, err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(os.Environ(), pinnedEnv+"=1"))
}
