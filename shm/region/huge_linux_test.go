package region

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// hugePages makes n huge pages available and gives them back afterwards.
func hugePages(t *testing.T, n int) {
	t.Helper()
	const path = "/proc/sys/vm/nr_hugepages"
	old, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("kernel: no huge pages: %v", err)
	}
	was, err := strconv.Atoi(strings.TrimSpace(string(old)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(was+n)), 0o600); err != nil {
		t.Skipf("kernel: huge pages cannot be set: %v", err)
	}
	t.Cleanup(func() { _ = os.WriteFile(path, old, 0o600) })
	now, _ := os.ReadFile(path)
	if got, _ := strconv.Atoi(strings.TrimSpace(string(now))); got < was+n {
		t.Skipf("kernel: no memory for huge pages: %d of %d", got, was+n)
	}
}

func TestRegionLivesInHugePages(t *testing.T) {
	hugePages(t, 6)
	d := t.TempDir()
	if err := syscall.Mount("hugetlbfs", d, "hugetlbfs", 0, ""); err != nil {
		t.Skipf("kernel: mounting hugetlbfs is not allowed: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d, syscall.MNT_DETACH) })
	o := &Options{Dir: d, HugePages: true}
	skipEmulated(t)
	a := mustCreate(t, "x", 1<<20, o)
	b := mustOpen(t, "x", o)
	copy(a.Bytes()[1000:], "huge")
	if string(b.Bytes()[1000:1004]) != "huge" {
		t.Fatal("not shared")
	}
	info := b.Info()
	if info.Attached != 2 || info.Err != nil || b.PayloadOffset() != 2<<20 || info.FileSize%(2<<20) != 0 {
		t.Fatalf("payload at %d: %+v", b.PayloadOffset(), info)
	}
	_, _ = a.Close(), b.Close()
	if err := Remove("x", o); err != nil {
		t.Fatal(err)
	}
}

func TestAnonymousHugePages(t *testing.T) {
	hugePages(t, 4)
	skipEmulated(t)
	a := mustAnonymous(t, 1<<20, &Options{HugePages: true})
	b, err := FromFile(a.File(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	a.Bytes()[5] = 7
	if b.Bytes()[5] != 7 || a.Info().Attached != 2 {
		t.Fatalf("%+v", a.Info())
	}
}
