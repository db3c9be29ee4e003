package lock

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestZombieAndForeignPidNamespaceCountAsDead kills owners that the process
// table still shows, or never showed with a number we could use.
func TestZombieAndForeignPidNamespaceCountAsDead(t *testing.T) {
	for name, flags := range map[string]uintptr{"zombie": 0, "pid namespace": syscall.CLONE_NEWPID} {
		t.Run(name, func(t *testing.T) {
			path := newFile(t)
			s := attached(t, path)
			m, err := MutexAt(s.mem[atLock:], s.owner)
			if err != nil {
				t.Fatal(err)
			}
			c, err := start("hold", path, func(cmd *exec.Cmd) {
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
			}, "Mutex")
			if flags != 0 && (errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EINVAL)) {
				t.Skip("platform: a pid namespace needs root and a kernel, not an emulator: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
			c.hears(t, "held")
			if ok, err := m.TryLock(); ok || err != nil {
				t.Fatal("TryLock of a living owner's mutex:", ok, err)
			}
			if err := c.Process.Kill(); err != nil { // and no Wait: a zombie
				t.Fatal(err)
			}
			if err := m.Lock(deadline(t)); !errors.Is(err, ErrOwnerDied) {
				t.Fatalf("Lock = %v, want ErrOwnerDied", err)
			}
		})
	}
}
