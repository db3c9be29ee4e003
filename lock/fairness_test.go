package lock

import (
	"context"
	"encoding/binary"
	"testing"
	"time"
)

// overtaking is how often others may take a lock while one waits for it. It is
// about ten on an idle machine; the bound leaves room for a waiter that the
// scheduler forgets for half a second. That no newcomer passes a waiter that
// starves is what TestMutexProtocolInEveryOrder shows.
const overtaking = 2500

func init() {
	roles["hog"] = func(path string, args []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		l, err := exclusiveLocks[args[0]](path, s)
		if err != nil {
			return err
		}
		say("ready")
		return hog(l, s.mem[atCounter:])
	}
}

// hog takes the lock, counts, holds it for a while and takes it again at once.
func hog(l Locker, counter []byte) error {
	for {
		if err := l.Lock(context.Background()); err != nil {
			return err
		}
		binary.NativeEndian.PutUint64(counter, binary.NativeEndian.Uint64(counter)+1)
		for end := time.Now().Add(200 * time.Microsecond); time.Now().Before(end); {
		}
		if err := l.Unlock(); err != nil {
			return err
		}
	}
}

// TestWaiterIsOvertakenABoundedNumberOfTimes lets three processes fight for a
// lock that a fourth wants once in a while. They hold it for 200 µs and want it
// back at once.
func TestWaiterIsOvertakenABoundedNumberOfTimes(t *testing.T) {
	for _, kind := range []string{"Mutex", "RWMutex", "Semaphore"} {
		t.Run(kind, func(t *testing.T) {
			path := newFile(t)
			s := attached(t, path)
			l, err := exclusiveLocks[kind](path, s)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				spawn(t, "hog", path, kind).hears(t, "ready")
			}
			ctx, worst := deadline(t), uint64(0)
			for range 30 {
				time.Sleep(time.Millisecond)
				before := binary.NativeEndian.Uint64(s.mem[atCounter:])
				if err := l.Lock(ctx); err != nil {
					t.Fatal(err)
				}
				worst = max(worst, binary.NativeEndian.Uint64(s.mem[atCounter:])-before)
				if err := l.Unlock(); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("overtaken %d times at most", worst)
			if worst > overtaking {
				t.Errorf("a waiter was overtaken %d times, want at most %d", worst, overtaking)
			}
		})
	}
}
