package memmapfs

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

// vmFlags returns what /proc/self/smaps says about the mappings that lie in b.
func vmFlags(t *testing.T, b []byte) (flags []string) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	lo := uint64(mmap.Address(b))
	inside := false
	for line := range strings.Lines(string(smaps)) {
		var from, to uint64
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
			inside = from < lo+uint64(len(b)) && to > lo
		}
		if rest, ok := strings.CutPrefix(line, "VmFlags:"); ok && inside {
			flags = append(flags, rest)
		}
	}
	return flags
}

func TestNoPartOfAnImageGetsIntoADump(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite, NoDump: true}, os.O_RDWR, pattern(100_000))
	check := func(after string) {
		t.Helper()
		flags := vmFlags(t, f.whole.data)
		if len(flags) == 0 {
			t.Fatal("nothing is mapped")
		}
		for _, is := range flags {
			if !strings.Contains(is, " dd") {
				t.Errorf("after %s: flags %q", after, is)
			}
		}
	}
	check("Open")
	grown, err := os.OpenFile(f.native.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer grown.Close()
	if _, err := grown.Write(pattern(50_000)); err != nil {
		t.Fatal(err)
	}
	if err := f.Refresh(); err != nil {
		t.Fatal(err)
	}
	check("growth of the base")
	if _, err := f.WriteAt(pattern(10_000), 200_000); err != nil {
		t.Fatal(err)
	}
	check("a write past the end")
	if err := f.Truncate(5000); err != nil {
		t.Fatal(err)
	}
	check("Truncate")
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	check("Discard")
}

func TestALockedImageStaysLockedAfterDiscard(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite, LockMemory: true})
	if err := os.WriteFile(dir+"/file", pattern(10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("kernel: memory cannot be locked here: %v", err)
	}
	defer file.Close()
	f := file.(*MappedFile)
	for _, after := range []string{"Open", "Discard"} {
		if flags := vmFlags(t, f.whole.data[:10_000]); len(flags) != 1 || !strings.Contains(flags[0], " lo") {
			t.Fatalf("after %s: flags %q", after, flags)
		}
		if _, err := f.WriteAt([]byte("private"), 5); err != nil {
			t.Fatal(err)
		}
		if err := f.Discard(); err != nil {
			t.Fatal(err)
		}
	}
}
