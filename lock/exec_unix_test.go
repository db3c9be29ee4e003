//go:build linux || darwin

package lock

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

func init() {
	roles["exec holding a range"] = func(path string, _ []string) error {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if ok, err := NewRange(f, theRange, 8).TryLock(); !ok || err != nil {
			return fmt.Errorf("not free: %w", err)
		}
		keep, err := syscall.Dup(int(f.Fd())) // a copy without close-on-exec
		if err != nil {
			return err
		}
		_ = os.Setenv(roleVar, "after exec")
		return syscall.Exec(os.Args[0], []string{os.Args[0], path, fmt.Sprint(keep)}, os.Environ())
	}
	roles["after exec"] = func(string, []string) error {
		say("another program")
		time.Sleep(within)
		return nil
	}
}

func TestRangeStaysHeldAcrossExec(t *testing.T) {
	path := newFile(t)
	r := NewRange(openRW(t, path), theRange, 8)
	c := spawn(t, "exec holding a range", path)
	c.hears(t, "another program")
	if ok, err := r.TryLock(); ok || err != nil {
		t.Fatal("the lock was lost in exec:", ok, err)
	}
	c.killed(t)
	if err := r.Lock(deadline(t)); err != nil {
		t.Fatal(err)
	}
}
