package mmap

import (
	"os"

	"github.com/absfs/shmkit/internal/sysx"
)

// A limit on the process's addresses (RLIMIT_AS) may change at any time, and
// binds what others map as well: no ledger shows what is left. So it is tried.
const (
	// roomToAllocate is what Map and Reserve leave: the Go runtime's heap grows by
	// 64 MiB at once, and the bookkeeping of that comes on top.
	roomToAllocate = 128 << 20
	// roomToCollect is what a collection of garbage may need.
	roomToCollect = 16 << 20
)

// CanCollect reports whether the Go runtime has the addresses it may need for a
// collection of garbage, which ends the process when it has not.
func CanCollect() bool { return hasRoom(roomToCollect) }

// leaveRoom undoes a mapping after which the Go runtime would have too few
// addresses left.
func leaveRoom(b []byte, err error) ([]byte, error) {
	if err != nil || hasRoom(roomToAllocate) {
		return b, err
	}
	if err := unmap(b); err != nil {
		return nil, err
	}
	return nil, os.NewSyscallError("mmap", sysx.ENOMEM)
}
