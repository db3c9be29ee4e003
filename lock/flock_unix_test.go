//go:build darwin || linux || freebsd

package lock

import (
	"context"
	"os"
	"syscall"
)

// bareFlock is the system call alone: the baseline of the benchmarks.
type bareFlock struct{ *os.File }

func (f bareFlock) flock(how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}

func (f bareFlock) Lock(context.Context) error { return f.flock(syscall.LOCK_EX) }
func (f bareFlock) TryLock() (bool, error) {
	err := f.flock(syscall.LOCK_EX | syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
func (f bareFlock) Unlock() error { return f.flock(syscall.LOCK_UN) }
func (f bareFlock) Stats() Stats  { return Stats{} }

func init() {
	exclusiveLocks["bare flock"] = func(path string, _ *shared) (Locker, error) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		return bareFlock{f}, err
	}
}
