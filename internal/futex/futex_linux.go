//go:build !shmfifo

package futex

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const supported = true

const (
	futexWait = 0 // FUTEX_WAIT without FUTEX_PRIVATE_FLAG: shared between processes
	futexWake = 1 // FUTEX_WAKE

	flagSize32  = 2   // FUTEX2_SIZE_U32
	flagPrivate = 128 // FUTEX_PRIVATE_FLAG

	slice = 5 * time.Millisecond // how long a wait that cannot be cancelled lasts
)

// entry is the kernel's struct futex_waitv.
type entry struct {
	val      uint64
	uaddr    uint64
	flags    uint32
	reserved uint32
}

// timespec64 is the kernel's struct __kernel_timespec, the same on every
// architecture.
type timespec64 struct{ sec, nsec int64 }

// hasWaitv says whether the kernel has futex_waitv. An empty list is refused
// as invalid by a kernel that knows the call; older kernels and system call
// filters answer otherwise.
var hasWaitv = sync.OnceValue(func() bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_FUTEX_WAITV, 0, 0, 0, 0, 0, 0)
	return errno == unix.EINVAL
})

func wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	if ctx.Done() == nil {
		return waitOne(addr, old, timeout)
	}
	if !hasWaitv() {
		return waitSliced(ctx, addr, old, timeout)
	}
	return waitCancel(ctx, []Waiter{{addr, old}}, timeout)
}

func waitOne(addr *uint32, old uint32, timeout time.Duration) error {
	var ts *unix.Timespec
	if timeout > 0 {
		t := unix.NsecToTimespec(int64(min(timeout, maxTimeout)))
		ts = &t
	}
	errno := blocking(unix.SYS_FUTEX, uintptr(unsafe.Pointer(addr)), futexWait,
		uintptr(old), uintptr(unsafe.Pointer(ts)), 0, 0)
	return result(errno, "futex")
}

// maxTimeout keeps the seconds of a timeout within 32 bits.
const maxTimeout = (1<<31 - 1) * time.Second

func waitSliced(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	end := until(timeout)
	for {
		nap, err := capped(slice, end)
		if err != nil {
			return err
		}
		err = waitOne(addr, old, nap)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != ErrTimeout {
			return err
		}
	}
}

// waitv sleeps until one of the words in list differs from its value or is
// woken. end is scratch space on the heap.
func waitv(list []entry, end *timespec64, timeout time.Duration) error {
	var at unsafe.Pointer
	if timeout > 0 {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			return err
		}
		ns := now.Nano() + int64(min(timeout, maxTimeout))
		*end = timespec64{sec: ns / 1e9, nsec: ns % 1e9}
		at = unsafe.Pointer(end)
	}
	errno := blocking(unix.SYS_FUTEX_WAITV, uintptr(unsafe.Pointer(&list[0])), uintptr(len(list)),
		0, uintptr(at), unix.CLOCK_MONOTONIC, 0)
	return result(errno, "futex_waitv")
}

// result maps the outcome of a wait: a changed word and a signal are wake-ups.
func result(errno syscall.Errno, call string) error {
	switch errno {
	case 0, unix.EAGAIN, unix.EINTR:
		return nil
	case unix.ETIMEDOUT:
		return ErrTimeout
	}
	return os.NewSyscallError(call, errno)
}

func wake(addr *uint32, n int) int {
	woken, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(addr)), futexWake, uintptr(n), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(woken)
}
