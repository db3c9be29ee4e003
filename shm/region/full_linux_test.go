package region

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestFullMemoryIsAnErrorAndLeavesNothing fills a small file system.
func TestFullMemoryIsAnErrorAndLeavesNothing(t *testing.T) {
	d := t.TempDir()
	if err := syscall.Mount("tmpfs", d, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("kernel: mounting a small tmpfs is not allowed: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d, 0) })
	o := &Options{Dir: d}
	for _, named := range []bool{false, true} {
		forceNamed(t, named)
		_, err := Create("big", 2<<20, o)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("got %v, want ENOSPC", err)
		}
		empty(t, d)
		_, err = Open("big", &Options{Dir: d, Size: 2 << 20, Create: true})
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("got %v, want ENOSPC", err)
		}
		empty(t, d)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(d, &st); err != nil {
		t.Fatal(err)
	}
	if used := st.Blocks - st.Bfree; used > 1 {
		t.Fatalf("%d blocks still used", used)
	}
	r := mustCreate(t, "fits", 512<<10, o)
	for i := range r.Bytes() {
		r.Bytes()[i] = 1
	}
	_ = r.Close()
	if err := os.WriteFile(d+"/filler", make([]byte, 900<<10), 0o600); err == nil {
		t.Fatal("the file system is not small")
	}
}
