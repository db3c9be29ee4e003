package region

import (
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// TestExecedChildrenKeepNothingAlive starts a process while regions are open:
// none of their descriptors may reach it.
func TestExecedChildrenKeepNothingAlive(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: needs /proc")
	}
	o := &Options{Dir: memoryDir(t)}
	r := mustCreate(t, "x", 10, o)
	_ = r.File()
	out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), o.Dir) {
		t.Fatalf("inherited:\n%s", out)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, Remove("y", o), fs.ErrNotExist)
}

// TestNoDescriptorLeaks runs every path, the failing ones too, and counts.
func TestNoDescriptorLeaks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: needs /proc")
	}
	o := &Options{Dir: memoryDir(t)}
	round := func() {
		r, err := Create("x", 10, o)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = Create("x", 10, o)
		_, _ = Create("y", 10, &Options{Dir: o.Dir, Init: func([]byte) error { return fs.ErrInvalid }})
		_, _ = Create("y", 10, &Options{Dir: o.Dir, Group: "no such group"})
		_, _ = Open("x", &Options{Dir: o.Dir, Kind: "other"})
		_, _ = Open("missing", o)
		_, _ = Open("x", &Options{Dir: o.Dir + "/none"})
		_ = r.File()
		_ = r.TakeSeat(0)
		_ = r.Info()
		_ = r.Sync()
		_ = r.SaveTo(o.Dir + "/saved")
		if c, err := CreateFrom("z", o.Dir+"/saved", o); err == nil {
			_ = c.Close()
		}
		_, _ = CreateFrom("z", o.Dir+"/saved", o)
		_, _ = List(o)
		_ = Remove("x", o)
		_ = r.Close()
		_, _ = Stat("x", o)
		_, _ = Reap(o)
		if a, err := Anonymous(10, o); err == nil {
			if b, err := FromFile(a.File(), nil); err == nil {
				_ = b.Close()
			}
			_ = a.Close()
		}
		_, _ = FromFile(os.Stdin, nil)
	}
	round()
	before := openDescriptors(t)
	for range 5 {
		round()
	}
	if after := openDescriptors(t); after > before {
		t.Fatalf("%d descriptors before, %d after", before, after)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
