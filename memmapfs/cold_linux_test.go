package memmapfs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"golang.org/x/sys/unix"
)

const coldEnv = "MEMMAPFS_TEST_COLD"

// slowReads puts the process pid into a control group in which each read of
// the device below name takes 50 ms.
func slowReads(t *testing.T, name string, pid int) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		t.Fatal(err)
	}
	group := filepath.Join("/sys/fs/cgroup/blkio", "memmapfs-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Skipf("kernel: no control groups for block devices: %v", err)
	}
	t.Cleanup(func() { os.Remove(group) })
	rule := fmt.Sprintf("%d:%d 20", unix.Major(st.Dev), unix.Minor(st.Dev))
	if err := os.WriteFile(filepath.Join(group, "blkio.throttle.read_iops_device"), []byte(rule), 0o644); err != nil {
		t.Skipf("kernel: this device cannot be slowed down: %v", err)
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
		t.Skipf("kernel: %v", err)
	}
}

// TestColdPagesDoNotStallTheProgram runs a child with one processor, in which
// one goroutine reads a cold file from a slow device and another one ticks, and
// prints the ticker's worst gap with and without Config.ColdFaults. The figures
// judge nothing; that cold pages are populated first is what is checked.
func TestColdPagesDoNotStallTheProgram(t *testing.T) {
	if job := os.Getenv(coldEnv); job != "" {
		coldRole(t, job)
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cold")
	if err := os.WriteFile(name, pattern(8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, faults := range []bool{true, false} {
		cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1", fmt.Sprintf("%s=%v:%s", coldEnv, faults, name))
		start, err := cmd.StdinPipe() // the child waits until its device is slow
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		slowReads(t, name, cmd.Process.Pid)
		start.Close()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("child: %v\n%s", err, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "| ") {
				fmt.Print(line)
			}
		}
		os.Remove(filepath.Join("/sys/fs/cgroup/blkio", "memmapfs-"+strconv.Itoa(os.Getpid())))
	}
}

func coldRole(t *testing.T, job string) {
	faults, name, _ := strings.Cut(job, ":")
	m, _ := newFS(t, &Config{Mode: ModeReadWrite, ColdFaults: faults == "true"})
	file, err := m.Open(osfs.FromNative(name))
	if err != nil {
		t.Fatal(err)
	}
	f := file.(*MappedFile)
	if f.Stats().Windowed || f.whole.cold == nil && faults == "false" {
		t.Skip("kernel: nothing is cold on this file system")
	}
	if _, err := os.Stdin.Read(make([]byte, 1)); err == nil {
		t.Fatal("the parent sent something")
	}
	if err := f.native.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := mmap.FileAdvise(f.native, 0, 0, mmap.DontNeed); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		p := make([]byte, 64)
		var err error
		for off := int64(0); off < 8<<20 && err == nil; off += 1 << 21 {
			_, err = f.ReadAt(p, off+1<<20)
		}
		done <- err
	}()
	var worst time.Duration
	last := time.Now()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("| cold reads, one processor: ColdFaults=%s: worst gap of a 1 ms ticker %v, %d populated |\n", faults, worst.Round(100*time.Microsecond), f.Stats().Populates)
			if faults == "false" && f.Stats().Populates == 0 {
				t.Fatal("no page was populated")
			}
			return
		case <-time.After(time.Millisecond):
			worst = max(worst, time.Since(last))
			last = time.Now()
		}
	}
}
