package memmapfs

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
	"go.uber.org/goleak"
)

func periodic() Config {
	return Config{Mode: ModeReadWrite, SyncMode: SyncPeriodic, SyncInterval: 2 * time.Millisecond}
}

// flushed waits until the pages from off on have been flushed, or the file itself
// as what no window shows is, and says whether they ever were.
func flushed(r *recorder, off int64) bool {
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(time.Millisecond) {
		for _, c := range r.take(mmap.OpSync, mmap.OpSyncFile) {
			if c.Op == mmap.OpSyncFile || c.Off <= off && off < c.Off+c.Len {
				return true
			}
		}
	}
	return false
}

// calm reports that a while goes by without a flush, soon: one may be under way,
// and late on a busy machine.
func calm(r *recorder) bool {
	for range 40 {
		r.take()
		time.Sleep(50 * time.Millisecond)
		if len(r.take(mmap.OpSync, mmap.OpSyncFile)) == 0 {
			return true
		}
	}
	return false
}

// ownFile maps a file as its owner does who opened it himself.
func ownFile(t *testing.T, cfg *Config) (*MappedFile, *os.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, pattern(1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	f, err := Map(file, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f, file
}

func TestAFileOfMapIsFlushedBehindUntilItsClose(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	both(t, periodic(), func(t *testing.T, cfg *Config) {
		r := record(t)
		f, _ := ownFile(t, cfg)
		for i := range int64(3) {
			if _, err := f.WriteAt([]byte("periodic"), page(i*40)); err != nil {
				t.Fatal(err)
			}
			if !flushed(r, page(i*40)) {
				t.Fatalf("write %d was not flushed", i)
			}
		}
		v, err := f.View(0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		v.Release() // starts nothing any more
	})
}

func TestAFileOfMapThatWasDroppedLeavesNoGoroutine(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	cfg := periodic()
	t.Cleanup(mmap.SetHook(func(mmap.Call) error {
		time.Sleep(20 * time.Millisecond) // a device that is never done within the interval
		return nil
	}))
	func() {
		f, _ := ownFile(t, &cfg)
		if _, err := f.WriteAt([]byte("dropped"), 0); err != nil {
			t.Fatal(err)
		}
		_ = f.Data()
	}()
	var err error
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		runtime.GC()
		if err = goleak.Find(ignore); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// Nobody is told of what is written through a slice, so it is flushed as long as
// there is one.
func TestPeriodicFlushesWhatSlicesWrite(t *testing.T) {
	both(t, periodic(), func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		r := record(t)
		v, err := f.View(page(100), 100)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r.take()
			copy(v.Bytes(), "through a view")
			if !flushed(r, page(100)) {
				t.Fatalf("in period %d the view was not flushed", i)
			}
		}
		v.Release()
		if !calm(r) {
			t.Fatal("flushed though nothing is written")
		}
		if cfg.WindowSize > 0 {
			return
		}
		data := f.Data()
		for i := range 3 {
			r.take()
			copy(data[page(200):], "through Data")
			if !flushed(r, page(200)) {
				t.Fatalf("in period %d Data was not flushed", i)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if !calm(r) {
			t.Fatal("flushed after Close")
		}
	})
}

func TestPeriodicDoesNotFlushWhatIsOnlyRead(t *testing.T) {
	cfg := periodic()
	f := mappedFile(t, &cfg, os.O_RDONLY, pattern(1<<20))
	r := record(t)
	_ = f.Data()
	v, err := f.View(0, 100)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if len(r.take(mmap.OpSync, mmap.OpSyncFile)) != 0 {
		t.Fatal("flushed what nobody can have written")
	}
	v.Release()
}
