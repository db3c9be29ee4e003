package lock

import (
	"os"
	"runtime"
	"testing"

	"github.com/absfs/shmkit/internal/fdlock"
)

func init() {
	roles["open and close"] = func(path string, _ []string) error {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}
}

// TestLockSurvivesOtherDescriptors holds each lock while this process and a
// child that it starts open and close the same file.
func TestLockSurvivesOtherDescriptors(t *testing.T) {
	for _, kind := range lockKinds {
		t.Run(kind, func(t *testing.T) {
			open := exclusiveLocks[kind]
			if !fdlock.OwnedByFile && kind != "File" {
				t.Skip("platform: POSIX locks do not survive this on " + runtime.GOOS)
			}
			path := newFile(t)
			mine, other := attached(t, path), attached(t, path)
			l, err := open(path, mine)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			spawn(t, "open and close", path).ends(t)
			rival, err := open(path, other)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := rival.TryLock(); ok || err != nil {
				t.Fatal("another got the lock:", ok, err)
			}
			if err := l.Unlock(); err != nil {
				t.Fatal(err)
			}
			if ok, err := rival.TryLock(); !ok || err != nil {
				t.Fatal("the lock is not free:", ok, err)
			}
			if err := rival.Unlock(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
