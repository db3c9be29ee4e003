//go:build !race && !msan && !asan && !shmnotrap

package trap

import (
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// sigaction is the kernel's struct for rt_sigaction on this architecture.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// routine is a range of instructions that may fault, and where they go on when
// they did, with the address in AX. The handler reads the table in this layout.
type routine struct{ start, end, resume uintptr }

const most = 6

// What the processor has, for the routines: 32-byte registers, and string instructions that pay from
// this length on.
var (
	//lint:ignore U1000 assembly reads it
	wide = cpu.X86.HasAVX
	//lint:ignore U1000 assembly reads it
	stringsFrom = func() uint64 {
		if cpu.X86.HasERMS {
			return 2 << 10
		}
		return 1 << 62
	}()
)

var (
	routines [most]routine // those without a start are free
	chained  [2]uintptr    // the handlers before ours: SIGBUS's, SIGSEGV's

	mu   sync.Mutex
	used int

	once sync.Once
	on   bool
)

func enable() bool {
	once.Do(func() {
		add(copyEntry(), copyResume())
		on = chain(syscall.SIGBUS, &chained[0]) && chain(syscall.SIGSEGV, &chained[1])
	})
	return on
}

func add(entry, resume uintptr) bool {
	mu.Lock()
	defer mu.Unlock()
	if used == most {
		return false
	}
	r := &routines[used]
	r.end, r.resume = end(entry), resume
	r.start = entry
	used++
	return true
}

// end is where the function that starts at pc ends. The runtime's tables say so
// only by naming the function of each address.
func end(pc uintptr) uintptr {
	f := runtime.FuncForPC(pc)
	for at := pc; ; at++ {
		if g := runtime.FuncForPC(at); g == nil || g.Entry() != f.Entry() {
			return at
		}
	}
}

// chain puts our handler before the one of sig, whose flags, mask and restorer
// stay: it runs on the signal stack and ends as the other would.
func chain(sig syscall.Signal, before *uintptr) bool {
	var act sigaction
	if !act.exchange(sig, false) || act.handler <= 1 { // default or ignored: not the runtime's process
		return false
	}
	*before = act.handler
	act.handler = handlerEntry()
	return act.exchange(sig, true)
}

func (a *sigaction) exchange(sig syscall.Signal, set bool) bool {
	var from, to unsafe.Pointer
	if set {
		from = unsafe.Pointer(a)
	} else {
		to = unsafe.Pointer(a)
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(from), uintptr(to), unsafe.Sizeof(a.mask), 0, 0)
	return errno == 0
}

// The addresses of code, which only assembly can name.
func copyEntry() uintptr
func copyResume() uintptr
func handlerEntry() uintptr

//go:noescape
func copyBytes(dst, src unsafe.Pointer, n uintptr, count *uint64) (fault uintptr)

// copyFaulted is where copyBytes goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
func copyFaulted(dst, src unsafe.Pointer, n uintptr, count *uint64) (fault uintptr)
