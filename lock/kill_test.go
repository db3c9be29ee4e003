package lock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func init() {
	roles["count twice"] = func(path string, args []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		l, err := exclusiveLocks[args[0]](path, s)
		if err != nil {
			return err
		}
		for {
			if err := countTwice(context.Background(), l, s.mem[atCounter:]); err != nil {
				return err
			}
		}
	}
}

// countTwice adds 1 to two counters, which are equal whenever nobody is between
// them. A holder that died there must have been announced.
func countTwice(ctx context.Context, l Locker, mem []byte) error {
	a, b := mem[:8], mem[8:16]
	err := l.Lock(ctx)
	if !held(err) {
		return err
	}
	x, y := binary.NativeEndian.Uint64(a), binary.NativeEndian.Uint64(b)
	if x != y {
		if err == nil {
			return fmt.Errorf("counters are %d and %d, and nobody said so", x, y)
		}
		binary.NativeEndian.PutUint64(b, x)
	}
	if m, ok := l.(interface{ Recover() error }); ok && err != nil {
		if err := m.Recover(); err != nil {
			return err
		}
	}
	binary.NativeEndian.PutUint64(a, x+1)
	binary.NativeEndian.PutUint64(b, x+1)
	return l.Unlock()
}

// TestHoldersAreKilledAtAnyMoment kills and replaces processes that fight for a
// lock, which must go on being taken, and warn of every half-done change.
func TestHoldersAreKilledAtAnyMoment(t *testing.T) {
	needsDeath(t)
	kills := 12
	if soak {
		kills = 500
	}
	for _, kind := range []string{"Mutex", "RWMutex", "Semaphore"} {
		t.Run(kind, func(t *testing.T) {
			path := newFile(t)
			s := attached(t, path)
			l, err := exclusiveLocks[kind](path, s)
			if err != nil {
				t.Fatal(err)
			}
			var all [3]*child
			for i := range all {
				all[i] = spawn(t, "count twice", path, kind)
			}
			for range kills {
				time.Sleep(rand.N(20 * time.Millisecond))
				i := rand.IntN(len(all))
				if all[i].ProcessState != nil {
					t.Fatal("a process ended by itself")
				}
				all[i].killed(t)
				all[i] = spawn(t, "count twice", path, kind)
				if err := countTwice(deadline(t), l, s.mem[atCounter:]); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range all {
				c.killed(t)
			}
			deaths := 0
			for range 3 {
				if err := countTwice(deadline(t), l, s.mem[atCounter:]); err != nil {
					t.Fatal(err)
				}
			}
			deaths = int(l.Stats().OwnerDeaths)
			t.Logf("%d rounds, this process saw %d deaths", binary.NativeEndian.Uint64(s.mem[atCounter:]), deaths)
		})
	}
}

// TestWordsThatChangeMeanwhileHangNobody flips the words of each lock while
// others use it.
func TestWordsThatChangeMeanwhileHangNobody(t *testing.T) {
	for _, kind := range []string{"Mutex", "RWMutex", "Semaphore"} {
		t.Run(kind, func(t *testing.T) {
			path := newFile(t)
			s, rogue := attached(t, path), attached(t, path)
			l, err := exclusiveLocks[kind](path, s)
			if err != nil {
				t.Fatal(err)
			}
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					default:
						rogue.mem[atLock+rand.IntN(RWMutexSize)] = byte(rand.Uint32())
					}
				}
			}()
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				if err := l.Lock(ctx); !held(err) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrNotRecoverable) {
					t.Errorf("Lock = %v", err)
				}
				cancel()
				_, _ = l.TryLock()
				_ = l.Unlock()
			}
			close(stop)
			<-stopped
		})
	}
}
