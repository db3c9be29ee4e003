package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// waiting makes a ring with a record in it, as a producer leaves it that is gone,
// and says how many bytes wait.
func waiting(t *testing.T) (dir string, left func() (uint64, error)) {
	t.Helper()
	dir = t.TempDir()
	o := &ring.Options{Dir: dir, Capacity: 64 << 10, Create: true}
	p, err := ring.OpenProducer("x", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.TrySend([]byte("precious\n")), p.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, func() (uint64, error) {
		info, err := ring.Inspect("x", &ring.Options{Dir: dir})
		return uint64(info.Depth), err
	}
}

func TestRecvThatCannotWriteLeavesTheRecords(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("platform: no /dev/full")
	}
	defer full.Close()
	dir, left := waiting(t)
	c := exec.Command("shmctl", "--dir", dir, "recv", "x")
	c.Stdout = full
	if err := c.Run(); err == nil {
		t.Fatal("no error")
	}
	if n, err := left(); n == 0 || err != nil {
		t.Fatal(n, err)
	}
}

func TestSendThatIsInterruptedLeavesTheRecords(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: no process there can be interrupted alone")
	}
	dir, left := waiting(t)
	c := exec.Command("shmctl", "--dir", dir, "send", "x")
	in, err := c.StdinPipe() // that never ends
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer stop.Stop()
	for {
		info, err := ring.Inspect("x", &ring.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if info.Producer.Seated { // it listens to signals
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != 130 {
		t.Fatal(err)
	}
	if n, err := left(); n == 0 || err != nil {
		t.Fatal(n, err)
	}
}
