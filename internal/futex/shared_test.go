//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package futex

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestTwoProcessesShareAWord wakes a child that waits on a mapping it can only
// read, and is woken by it through a second word.
func TestTwoProcessesShareAWord(t *testing.T) {
	if path := os.Getenv("FUTEX_CHILD"); path != "" {
		childWaitsReadOnly(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	there, back := mapWord(t, path, 0, true), mapWord(t, path, 4096, true)
	cmd := exec.Command(os.Args[0], "-test.run=^TestTwoProcessesShareAWord$", "-test.count=1")
	cmd.Env = append(os.Environ(), "FUTEX_CHILD="+path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for atomic.LoadUint32(back) == 0 {
		if err := Wait(t.Context(), back, 0, patience); err != nil {
			t.Fatal(err)
		}
	}
	atomic.StoreUint32(there, 1)
	Wake(there, All)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func childWaitsReadOnly(t *testing.T, path string) {
	there, back := mapWord(t, path, 0, false), mapWord(t, path, 4096, true)
	atomic.StoreUint32(back, 1)
	Wake(back, All)
	for atomic.LoadUint32(there) == 0 {
		if err := Wait(t.Context(), there, 0, patience); err != nil {
			t.Fatal(err)
		}
	}
}

func mapWord(t *testing.T, path string, off int64, writable bool) *uint32 {
	t.Helper()
	flag, prot := os.O_RDONLY, unix.PROT_READ
	if writable {
		flag, prot = os.O_RDWR, unix.PROT_READ|unix.PROT_WRITE
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mem, err := unix.Mmap(int(f.Fd()), off, 4096, prot, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	return (*uint32)(unsafe.Pointer(&mem[0]))
}

func BenchmarkPingPong(b *testing.B) {
	word := new(uint32)
	done := make(chan struct{})
	turn := func(side uint32, n int) {
		for i := range uint32(n) {
			want := 2*i + side
			for v := atomic.LoadUint32(word); v != want; v = atomic.LoadUint32(word) {
				_ = Wait(b.Context(), word, v, 0)
			}
			atomic.StoreUint32(word, want+1)
			Wake(word, 1)
		}
	}
	b.ReportAllocs()
	go func() { turn(1, b.N); close(done) }()
	turn(0, b.N)
	<-done
}
