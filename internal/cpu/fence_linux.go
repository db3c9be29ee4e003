//go:build !shmfifo

package cpu

import "golang.org/x/sys/unix"

// Commands of membarrier(2), linux/membarrier.h.
const (
	globalExpedited         = 1 << 1
	registerGlobalExpedited = 1 << 2
)

func register() bool { return membarrier(registerGlobalExpedited) }

func fenceAll() bool { return membarrier(globalExpedited) }

func membarrier(cmd int) bool {
	_, _, errno := unix.Syscall(unix.SYS_MEMBARRIER, uintptr(cmd), 0, 0)
	return errno == 0
}
