package lock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// Where things lie in the page the tests share.
const (
	atCounter = 1024
	atLock    = 2048
	theRange  = 3000 // the bytes locked by Range
)

// binarySemaphore is a Semaphore of one permit as a Locker.
type binarySemaphore struct{ *Semaphore }

func (s binarySemaphore) Lock(ctx context.Context) error { return s.Acquire(ctx) }
func (s binarySemaphore) TryLock() (bool, error)         { return s.TryAcquire() }
func (s binarySemaphore) Unlock() error                  { return s.Release() }

// lockKinds are the locks of this package that can exclude processes.
var lockKinds = []string{"File", "Range", "Mutex", "RWMutex", "Semaphore"}

// exclusiveLocks makes them, and the rivals of the benchmarks, over one file.
var exclusiveLocks = map[string]func(path string, s *shared) (Locker, error){
	"File":  func(path string, _ *shared) (Locker, error) { return NewFile(path + ".lock"), nil },
	"Range": func(_ string, s *shared) (Locker, error) { return NewRange(s.file, theRange, 8), nil },
	"Mutex": func(_ string, s *shared) (Locker, error) { return MutexAt(s.mem[atLock:], s.owner) },
	"RWMutex": func(_ string, s *shared) (Locker, error) {
		return RWMutexAt(s.mem[atLock:], s.owner)
	},
	"Semaphore": func(_ string, s *shared) (Locker, error) {
		sem, err := SemaphoreAt(s.mem[atLock:], 1, s.owner)
		return binarySemaphore{sem}, err
	},
}

func init() {
	roles["increment"] = func(path string, args []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		l, err := exclusiveLocks[args[0]](path, s)
		if err != nil {
			return err
		}
		say("ready")
		return increment(l, s.mem[atCounter:], number(args, 1))
	}
	roles["hold"] = func(path string, args []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		l, err := exclusiveLocks[args[0]](path, s)
		if err != nil {
			return err
		}
		if ok, err := l.TryLock(); !ok || err != nil {
			return fmt.Errorf("not free: %w", err)
		}
		say("held")
		time.Sleep(within)
		return nil
	}
}

// increment adds 1 to the counter n times, without atomics, under l. Deaths of
// other holders are repaired: the counter is one word and cannot be half-written.
func increment(l Locker, counter []byte, n int) error {
	for range n {
		err := l.Lock(context.Background())
		if m, ok := l.(interface{ Recover() error }); ok && errors.Is(err, ErrOwnerDied) {
			err = m.Recover()
		}
		if err != nil && !errors.Is(err, ErrOwnerDied) {
			return err
		}
		binary.NativeEndian.PutUint64(counter, binary.NativeEndian.Uint64(counter)+1)
		if err := l.Unlock(); err != nil {
			return err
		}
	}
	return nil
}

func TestProcessesLoseNoIncrement(t *testing.T) {
	short := map[string]int{"File": 200, "Range": 1000, "Mutex": 100_000, "RWMutex": 100_000, "Semaphore": 100_000}
	for _, kind := range lockKinds {
		t.Run(kind, func(t *testing.T) {
			open := exclusiveLocks[kind]
			const processes = 8
			each := short[kind]
			if soak {
				each = 100_000
			}
			path := newFile(t)
			s := attached(t, path)
			l, err := open(path, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
			var all [processes]*child
			for i := range all {
				all[i] = spawn(t, "increment", path, kind, strconv.Itoa(each))
			}
			for _, c := range all {
				c.hears(t, "ready")
			}
			if err := l.Unlock(); err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				c.ends(t)
			}
			if got := binary.NativeEndian.Uint64(s.mem[atCounter:]); got != uint64(processes*each) {
				t.Fatalf("counter = %d, want %d", got, processes*each)
			}
		})
	}
}

func TestKilledOwnerBlocksNobody(t *testing.T) {
	needsDeath(t)
	for _, kind := range lockKinds {
		t.Run(kind, func(t *testing.T) {
			open := exclusiveLocks[kind]
			path := newFile(t)
			s := attached(t, path)
			l, err := open(path, s)
			if err != nil {
				t.Fatal(err)
			}
			holder := spawn(t, "hold", path, kind)
			holder.hears(t, "held")
			if ok, err := l.TryLock(); ok || err != nil {
				t.Fatal("TryLock while the owner lives:", ok, err)
			}
			waiter := make(chan error)
			go func() { waiter <- l.Lock(deadline(t)) }()
			time.Sleep(10 * time.Millisecond)
			start := time.Now()
			holder.killed(t)
			err = <-waiter
			t.Logf("taken over after %v", time.Since(start))
			if kind == "File" || kind == "Range" {
				if err != nil {
					t.Fatal(err)
				}
			} else if !errors.Is(err, ErrOwnerDied) {
				t.Fatalf("Lock = %v, want ErrOwnerDied", err)
			}
			if err := l.Unlock(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
