package lock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
)

// fileLock is what File and Range have in common.
type fileLock interface {
	Lock(ctx context.Context) error
	RLock(ctx context.Context) error
	TryLock() (bool, error)
	TryRLock() (bool, error)
	Upgrade(ctx context.Context) error
	Downgrade() error
	Unlock() error
	Stats() Stats
}

var (
	_ fileLock = (*File)(nil)
	_ fileLock = (*Range)(nil)
)

// eachFileLock runs the test with a maker of locks that exclude each other.
func eachFileLock(t *testing.T, test func(t *testing.T, next func() fileLock)) {
	t.Run("File", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "lock")
		test(t, func() fileLock {
			l := NewFile(path)
			t.Cleanup(func() {
				for l.Unlock() == nil { // Windows removes no file that is open
				}
			})
			return l
		})
	})
	t.Run("Range", func(t *testing.T) {
		if !fdlock.OwnedByFile {
			t.Skip("platform: byte ranges belong to the process on " + runtime.GOOS)
		}
		path := newFile(t)
		test(t, func() fileLock { return NewRange(openRW(t, path), 10, 20) })
	})
}

func openRW(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadersShareWritersExclude(t *testing.T) {
	eachFileLock(t, func(t *testing.T, next func() fileLock) {
		a, b := next(), next()
		try := func(l fileLock, exclusive, want bool) {
			t.Helper()
			f := l.TryRLock
			if exclusive {
				f = l.TryLock
			}
			if got, err := f(); got != want || err != nil {
				t.Fatalf("got %v, %v; want %v", got, err, want)
			}
		}
		drop := func(l fileLock) {
			t.Helper()
			if err := l.Unlock(); err != nil {
				t.Fatal(err)
			}
		}
		try(a, true, true)
		try(a, true, false)
		try(a, false, false)
		try(b, true, false)
		try(b, false, false)
		drop(a)
		try(b, false, true)
		try(a, false, true)
		try(a, false, true)
		try(b, true, false)
		drop(b)
		drop(a)
		try(b, true, false)
		drop(a)
		try(b, true, true)
		drop(b)
		if err := b.Unlock(); !errors.Is(err, ErrNotHeld) {
			t.Fatalf("Unlock of a free lock: %v", err)
		}
	})
}

func TestFileLockWaitEndsWithItsContext(t *testing.T) {
	eachFileLock(t, func(t *testing.T, next func() fileLock) {
		a, b := next(), next()
		if err := a.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, l := range []fileLock{a, b} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			if err := l.RLock(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("RLock = %v", err)
			}
			cancel()
		}
		if err := a.Unlock(); err != nil {
			t.Fatal(err)
		}
		if err := b.Lock(deadline(t)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFileLocksExcludeGoroutines(t *testing.T) {
	eachFileLock(t, func(t *testing.T, next func() fileLock) {
		ctx := deadline(t)
		locks := []fileLock{next(), next()}
		var wg sync.WaitGroup
		sum := 0
		const each = 50
		for i := range 6 {
			l := locks[i%len(locks)]
			wg.Go(func() {
				for range each {
					if err := l.Lock(ctx); err != nil {
						t.Error(err)
						return
					}
					sum++
					if err := l.Unlock(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if sum != 6*each {
			t.Fatalf("sum = %d, want %d", sum, 6*each)
		}
	})
}

func TestUpgradeAndDowngrade(t *testing.T) {
	eachFileLock(t, func(t *testing.T, next func() fileLock) {
		a, b := next(), next()
		if err := a.Upgrade(t.Context()); !errors.Is(err, ErrNotHeld) {
			t.Fatalf("Upgrade of a free lock: %v", err)
		}
		if err := a.RLock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.Upgrade(deadline(t)); err != nil {
			t.Fatal(err)
		}
		if ok, _ := b.TryRLock(); ok {
			t.Fatal("an upgraded lock admits readers")
		}
		if err := a.Downgrade(); err != nil {
			t.Fatal(err)
		}
		if ok, err := b.TryRLock(); !ok || err != nil {
			t.Fatal("a downgraded lock admits no readers", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		err := a.Upgrade(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Upgrade beside a reader: %v", err)
		}
		kept := !errors.Is(err, ErrLockLost)
		if err := a.Unlock(); (err == nil) != kept {
			t.Fatalf("Unlock after a failed upgrade (kept %v): %v", kept, err)
		}
		if err := b.Upgrade(deadline(t)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTwoUpgradesOfOneLockAreADeadlock(t *testing.T) {
	eachFileLock(t, func(t *testing.T, next func() fileLock) {
		a, ctx := next(), deadline(t)
		for range 2 {
			if err := a.RLock(ctx); err != nil {
				t.Fatal(err)
			}
		}
		first := make(chan error)
		go func() { first <- a.Upgrade(ctx) }()
		for !queued(a) {
			time.Sleep(time.Millisecond)
		}
		if err := a.Upgrade(ctx); !errors.Is(err, ErrDeadlock) {
			t.Fatalf("second Upgrade: %v", err)
		}
		if err := a.Unlock(); err != nil {
			t.Fatal(err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
	})
}

// queued says whether a goroutine of this process waits for l.
func queued(l fileLock) bool {
	var g *gate
	switch l := l.(type) {
	case *File:
		g = &l.gate
	case *Range:
		g = &l.gate
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue) > 0
}

func TestLockFollowsTheNameOfAReplacedFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: Windows does not remove a file that is open")
	}
	path := filepath.Join(t.TempDir(), "lock")
	old := NewFile(path)
	if err := old.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, got := deadline(t), make(chan *File, 2)
	for range 2 {
		go func() {
			l := NewFile(path)
			if err := l.Lock(ctx); err != nil {
				t.Error(err)
			}
			got <- l
		}()
	}
	time.Sleep(5 * time.Millisecond)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	first := <-got
	if err := old.Unlock(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
		t.Fatal("two hold the lock")
	case <-time.After(30 * time.Millisecond):
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := (<-got).Unlock(); err != nil {
		t.Fatal(err)
	}
}
