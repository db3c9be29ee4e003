package cases

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// The locks.
const (
	SyncMutex = "sync.Mutex"
	ShmMutex  = "lock.Mutex"
	FlockFile = "lock.File (flock)"
	ByteRange = "lock.Range (OFD)"
)

// Cases of the locks group.
const (
	Uncontended = "uncontended"
	Contended   = "two processes"
)

type locker interface {
	Lock(ctx context.Context) error
	Unlock() error
}

// openLock makes a handle on the lock of a kind in the file at path, and the
// memory behind it.
func openLock(kind, path string, c *closers) (locker, []byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	c.add(f.Close)
	if err := f.Truncate(1 << 16); err != nil {
		return nil, nil, err
	}
	m, err := memmapfs.Map(f, memmapfs.DefaultConfig())
	if err != nil {
		return nil, nil, err
	}
	c.add(m.Close)
	switch kind {
	case FlockFile:
		l := lock.NewFile(path + ".lock")
		return l, m.Data(), nil
	case ByteRange:
		return lock.NewRange(f, 1<<20, 1), m.Data(), nil
	}
	owners, err := os.OpenFile(path+".owners", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	c.add(owners.Close)
	owner, err := lock.NewOwner(owners)
	if err != nil {
		return nil, nil, err
	}
	c.add(owner.Close)
	l, err := lock.MutexAt(m.Data(), owner)
	return l, m.Data(), err
}

func openLocks(dir string, p Plan) ([]Case, func() error, error) {
	var c closers
	var plain sync.Mutex
	cases := []Case{{System: SyncMutex, Name: Uncontended, Segment: loop(p, func(n int) error {
		for range n {
			plain.Lock()
			//lint:ignore SA2001 the pair is what is measured
			plain.Unlock()
		}
		return nil
	})}}
	for _, kind := range []string{ShmMutex, FlockFile, ByteRange} {
		l, _, err := openLock(kind, filepath.Join(dir, kind[:8]), &c)
		if err != nil {
			return nil, nil, err
		}
		run := pairs(l)
		if m, ok := l.(*lock.Mutex); ok {
			run = mutexPairs(m)
		}
		path := filepath.Join(dir, "contended "+kind[:8])
		cases = append(cases, Case{System: kind, Name: Uncontended, Segment: loop(p, run)},
			Case{System: kind, Name: Contended, Segment: func() (float64, float64, error) {
				return contended(kind, path, 25*p.Segment)
			}})
	}
	return cases, c.close, nil
}

func pairs(l locker) func(n int) error {
	ctx := context.Background()
	return func(n int) error {
		for range n {
			if err := l.Lock(ctx); err != nil {
				return err
			}
			if err := l.Unlock(); err != nil {
				return err
			}
		}
		return nil
	}
}

// mutexPairs is pairs without the interface, as sync.Mutex is called.
func mutexPairs(l *lock.Mutex) func(n int) error {
	ctx := context.Background()
	return func(n int) error {
		for range n {
			if err := l.Lock(ctx); err != nil {
				return err
			}
			if err := l.Unlock(); err != nil {
				return err
			}
		}
		return nil
	}
}

// contended lets two processes count under the lock for a while and returns the
// ns per turn of both together.
func contended(kind, path string, d time.Duration) (float64, float64, error) {
	a := childArg{Do: "contend", System: kind, Path: path, For: d}
	first, err := a.start()
	if err != nil {
		return 0, 0, err
	}
	second, err := a.start()
	if err != nil {
		return 0, 0, err
	}
	n, err := first()
	m, err2 := second()
	if err == nil {
		err = err2
	}
	if err != nil || n+m == 0 {
		return 0, 0, fmt.Errorf("%v turns: %w", n+m, err)
	}
	return float64(d) / (n + m), -1, nil
}

// contend adds one to a shared counter under the lock, as often as it gets it
// in the time given, and returns how often that was.
func contend(a childArg) (float64, error) {
	var c closers
	l, mem, err := openLock(a.System, a.Path, &c)
	if err != nil {
		return 0, err
	}
	ctx, n, counter := context.Background(), 0, mem[4096:]
	for start := time.Now(); time.Since(start) < a.For; n++ {
		if err := l.Lock(ctx); err != nil {
			return 0, err
		}
		binary.NativeEndian.PutUint64(counter, binary.NativeEndian.Uint64(counter)+1)
		if err := l.Unlock(); err != nil {
			return 0, err
		}
	}
	return float64(n), c.close()
}

// Systems and cases of the guard group.
const (
	PlainCopy   = "copy"
	GuardedCopy = "sigbus.Copy"
	GuardedFunc = "sigbus.Guard"
	OneCopy     = "copy"
)

func openGuard(dir string, p Plan) ([]Case, func() error, error) {
	var cases []Case
	for _, size := range []int{8, 64, 512, 4096} {
		from, to := make([]byte, size), make([]byte, size)
		cases = append(cases,
			Case{System: PlainCopy, Name: OneCopy, Size: int64(size), Segment: loop(p, func(n int) error {
				for range n {
					copy(to, from)
				}
				return nil
			})},
			Case{System: GuardedCopy, Name: OneCopy, Size: int64(size), Segment: loop(p, func(n int) error {
				for range n {
					if _, err := sigbus.Copy(to, from); err != nil {
						return err
					}
				}
				return nil
			})},
			Case{System: GuardedFunc, Name: OneCopy, Size: int64(size), Segment: loop(p, func(n int) error {
				for range n {
					if err := sigbus.Guard(func() { copy(to, from) }); err != nil {
						return err
					}
				}
				return nil
			})})
	}
	return cases, func() error { return nil }, nil
}
