//go:build !shmfifo

package futex

import (
	"syscall"
	_ "unsafe" // for linkname
)

// A goroutine in a system call keeps its processor of the scheduler until the
// runtime's monitor comes by, up to 10 ms later when the program was idle. A sleeper
// gives it up at once, as the runtime's own sleeps do: entersyscallblock and
// exitsyscall are open to linkname and keep their signatures (go.dev/issue/67401).

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// blocking makes a system call that sleeps. Nothing in it may grow the stack.
//
//go:nosplit
//go:norace
func blocking(trap, a1, a2, a3, a4, a5, a6 uintptr) (errno syscall.Errno) {
	entersyscallblock()
	_, _, errno = syscall.RawSyscall6(trap, a1, a2, a3, a4, a5, a6)
	exitsyscall()
	return errno
}
