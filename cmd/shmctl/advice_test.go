package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

// An option of Go programs is no advice for a command line.
func TestAdviceCanBeFollowedOnACommandLine(t *testing.T) {
	for _, reason := range []error{region.ErrOwner, region.ErrDirectory, region.ErrSnapshot} {
		refusal := &region.RefusalError{Reason: reason, Detail: "found"}
		got := explain(refusal)
		if strings.Contains(got, refusal.Advice()) || strings.Contains(got, "Options.") || !strings.HasPrefix(got, reason.Error()+": found (") {
			t.Errorf("%v: %q", reason, got)
		}
	}
}

func TestRegionsOfOthersAreRefusedWithAdvice(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("kernel: only root can give a file to another user")
	}
	self, err := exec.LookPath("shmctl")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := ring.Create("orders", &ring.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "orders"), 12345, -1); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"ls", "ls -o json", "info orders", "rm orders", "dump orders", "tail orders", "recv orders", "send orders"} {
		c := exec.Command(self, append([]string{"--dir", dir}, strings.Fields(args)...)...)
		out, err := c.CombinedOutput()
		if failed := err != nil; failed == strings.HasPrefix(args, "ls") {
			t.Errorf("%s: %v", args, err)
		}
		if s := string(out); strings.Contains(s, "Options") || !strings.Contains(s, "run shmctl as that user") {
			t.Errorf("%s: %s", args, s)
		}
	}
	if _, err := shm.Stat("orders", &shm.Options{Dir: dir, AnyOwner: true}); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}
