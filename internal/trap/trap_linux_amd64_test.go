//go:build !race && !msan && !asan && !shmnotrap

package trap

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if !Enable() {
		panic("the handler is not in place")
	}
	os.Exit(m.Run())
}

// gone maps a page of a file and, behind it, one that the file no longer has.
func gone(t testing.TB) []byte {
	t.Helper()
	page := os.Getpagesize()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(2 * page)); err != nil {
		t.Fatal(err)
	}
	b, err := unix.Mmap(int(f.Fd()), 0, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(b) })
	if err := f.Truncate(int64(page)); err != nil {
		t.Fatal(err)
	}
	return b
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return b
}

func TestCopyCopies(t *testing.T) {
	lengths := []int{767, 1000, 1024, 2047, 2048, 2049, 4095, 4096, 4097, 5000, Longest}
	for n := range 520 {
		lengths = append(lengths, n)
	}
	src := pattern(Longest + 80)
	for _, n := range lengths {
		for _, shift := range []int{0, 1, 7, 9} {
			dst := make([]byte, n+shift+16)
			if fault := Copy(dst[shift:shift+n], src[shift:]); fault != 0 {
				t.Fatalf("%d bytes: fault at %#x", n, fault)
			}
			if !bytes.Equal(dst[shift:shift+n], src[shift:shift+n]) {
				t.Fatalf("%d bytes at %d differ", n, shift)
			}
			if n := len(bytes.Trim(dst[shift+n:], "\x00")) + len(bytes.Trim(dst[:shift], "\x00")); n != 0 {
				t.Fatalf("%d bytes written outside", n)
			}
		}
	}
}

func TestCopyMovesDown(t *testing.T) {
	lengths := []int{511, 1000, 2047, 2048, 3000, 4096, Longest}
	for n := range 300 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for _, by := range []int{0, 1, 3, 8, 15, 16, 17, 33, 64, 100, 4000} {
			got, want := pattern(n+by), pattern(n+by)
			copy(want, want[by:])
			if fault := Copy(got[:n], got[by:]); by > 0 && fault != 0 || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes moved down by %d differ: %d", n, by, fault)
			}
		}
	}
}

func TestCopyRefusesToMoveManyUp(t *testing.T) {
	for _, n := range []int{Straight + 1, 600, 2047, 2048, 5000} {
		for _, by := range []int{1, 16, 63, 100, n - 1} {
			got, want := pattern(n+by), pattern(n+by)
			if Copy(got[by:], got[:n]) != 1 || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes moved up by %d", n, by)
			}
		}
	}
}

func TestCopyMovesUpWhatItReadsBeforeItWrites(t *testing.T) {
	for n := range Straight + 1 {
		for _, by := range []int{1, 3, 8, 15, 16, 17, 33, 130} {
			got, want := pattern(n+by), pattern(n+by)
			copy(want[by:], want)
			if Copy(got[by:], got[:n]); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes moved up by %d differ", n, by)
			}
		}
	}
}

func TestCopiesAreCounted(t *testing.T) {
	var c Counts
	dst, src := make([]byte, 1<<12), pattern(64)
	for i := range 64 {
		if CopyCounted(dst[i*64:], src, &c) != 0 || !bytes.Equal(dst[i*64:i*64+64], src) {
			t.Fatal("not copied")
		}
	}
	if n := c.Sum(); n != 64 {
		t.Fatalf("%d counted", n)
	}
}

func TestAFaultIsAnAddress(t *testing.T) {
	b, page := gone(t), os.Getpagesize()
	for _, n := range []int{1, 2, 3, 4, 5, 8, 9, 16, 17, 64, 300, 1000, 2047, 2048, 4000} {
		private := make([]byte, n)
		for name, fault := range map[string]uintptr{
			"read":  Copy(private, b[page:]),
			"write": Copy(b[page+n:], private),
		} {
			if fault < addressOf(b[page:]) || fault > addressOf(b[page:])+uintptr(2*n) {
				t.Errorf("%s of %d bytes: fault at %#x, the page begins at %#x", name, n, fault, addressOf(b[page:]))
			}
		}
	}
	if fault := Copy(make([]byte, 32), b[page-16:]); fault < addressOf(b[page:]) || fault >= addressOf(b[page:])+16 {
		t.Errorf("across the end: %#x", fault)
	}
}

func TestManyFaultsOnManyThreads(t *testing.T) {
	b, page := gone(t), os.Getpagesize()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			private := make([]byte, 64)
			for range 2000 {
				if Copy(private, b[page:]) == 0 || Copy(private, b) != 0 {
					t.Error("wrong")
					return
				}
			}
		})
	}
	all.Wait()
}

// Whatever is not ours goes where it went before.
func TestOtherFaultsReachTheRuntime(t *testing.T) {
	b, page := gone(t), os.Getpagesize()
	recovered := func(f func()) (r any) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() { r = recover() }()
		f()
		return nil
	}
	var nothing *int
	for name, f := range map[string]func(){
		"SIGBUS":          func() { b[page]++ },
		"nil dereference": func() { *nothing = 1 },
	} {
		if err, ok := recovered(f).(error); !ok || !strings.Contains(err.Error(), "invalid memory address") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSentSignalsReachTheProgram(t *testing.T) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGBUS)
	defer signal.Stop(c)
	if err := syscall.Kill(os.Getpid(), syscall.SIGBUS); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatal("the signal did not arrive")
	}
	b := gone(t)
	if Copy(make([]byte, 8), b[os.Getpagesize():]) == 0 {
		t.Fatal("the handler is gone after Notify")
	}
}

// Children start with the kernel's handlers, and unguarded faults still end a process.
func TestUnguardedFaultEndsTheProcess(t *testing.T) {
	if os.Getenv("TRAP_CHILD") != "" {
		b := gone(t)
		b[os.Getpagesize()]++
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestUnguardedFaultEndsTheProcess$")
	cmd.Env = append(os.Environ(), "TRAP_CHILD=1", "TMPDIR="+t.TempDir()) // of which a child that dies removes nothing
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "unexpected fault address") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func BenchmarkCopy64(b *testing.B) {
	src, dst := make([]byte, 64), make([]byte, 64)
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			copy(dst, src)
		}
	})
	b.Run("trapped", func(b *testing.B) {
		for b.Loop() {
			Copy(dst, src)
		}
	})
}
