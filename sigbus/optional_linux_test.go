package sigbus

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() {
	roles["action optional, watched"] = func() {
		reports := make(chan Report, 1)
		OnFault(func(r Report) { reports <- r })
		stop := WatchSent()
		defer stop()
		announce()
		select {
		case r := <-reports:
			fmt.Println(r.Signal == unix.SIGBUS, r.Fault == nil, Stats().Sent, Stats().Recovered)
		case <-time.After(10 * time.Second):
			fmt.Println("no report")
		}
	}
	roles["action optional"] = func() {
		announce()
		time.Sleep(10 * time.Second)
		fmt.Println("survived")
	}
}

// announce has the kernel tell this thread of a page that nobody touched, as it
// does when a memory failure is found and the process wants to know early.
func announce() {
	info := struct {
		signal, errno, code, _ int32
		addr                   uintptr
		lsb                    uint16
		_                      [102]byte
	}{signal: int32(unix.SIGBUS), code: 5 /* BUS_MCEERR_AO */, addr: 1 << 20, lsb: 12}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_TGSIGQUEUEINFO, uintptr(os.Getpid()), uintptr(unix.Gettid()),
		uintptr(unix.SIGBUS), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		panic(errno)
	}
}

func TestAnActionOptionalFailureIsReportedLikeASentSignal(t *testing.T) {
	if !trapped {
		t.Skip("platform: the Go runtime takes it for a fault")
	}
	if out, ok := child(t, "action optional, watched"); !ok || out != "true true 1 0\n" {
		t.Errorf("watched: ended well %v, output\n%s", ok, out)
	}
	if out, ok := child(t, "action optional"); ok {
		t.Errorf("not watched: ended well, output\n%s", out)
	}
}
