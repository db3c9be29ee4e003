//go:build !shmfifo

package futex

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"
	"unsafe"

	"github.com/absfs/shmkit/internal/sysx"
	"golang.org/x/sys/unix"
)

func TestAWaitOnMemoryThatIsGoneFaults(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mem)
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	word := (*uint32)(unsafe.Pointer(&mem[0]))
	if err := waitOne(word, 0, time.Second); !errors.Is(err, sysx.EFAULT) {
		t.Fatalf("the kernel says %v", err)
	}
	fault := func(gone error) (met any) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() { met = recover() }()
		_ = missing(gone, word)
		return nil
	}
	if fault(os.NewSyscallError("futex", sysx.EFAULT)) == nil {
		t.Error("a bad address did not become a fault")
	}
	if fault(ErrTimeout) != nil {
		t.Error("a timeout became a fault")
	}
}
