package memmapfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

func page(i int64) int64 { return i * int64(mmap.PageSize()) }

// both runs a test on a whole-file and on a windowed handle.
func both(t *testing.T, cfg Config, fn func(t *testing.T, cfg *Config)) {
	t.Helper()
	whole, windowed := cfg, cfg
	windowed.WindowSize, windowed.MaxWindows = 1<<16, 2
	t.Run("whole", func(t *testing.T) { fn(t, &whole) })
	t.Run("windowed", func(t *testing.T) { fn(t, &windowed) })
}

func TestImmediateFlushesOnePageHoweverBigTheFile(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(8<<20))
		r := record(t)
		if _, err := f.WriteAt(make([]byte, 64), page(300)+100); err != nil {
			t.Fatal(err)
		}
		calls := r.take(mmap.OpSync, mmap.OpSyncFile)
		if len(calls) != 1 || !calls[0].Wait || calls[0].Off != page(300) || calls[0].Len > page(1) {
			t.Fatalf("flushed %+v", calls)
		}
	})
}

func TestSyncFlushesWhatIsDirtyAndNothingElse(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(8<<20))
		r := record(t)
		if _, err := f.WriteAt(make([]byte, 10), page(2000)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(make([]byte, 10), page(2001)+4090); err != nil {
			t.Fatal(err)
		}
		if got := r.take(mmap.OpSync, mmap.OpSyncFile); len(got) != 0 {
			t.Fatalf("lazy writes flushed %+v", got)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		calls := r.take(mmap.OpSync, mmap.OpSyncFile)
		if len(calls) != 2 || calls[0].Op != mmap.OpSync || calls[0].Off != page(2000) || calls[0].Len != page(3) || calls[1].Op != mmap.OpSyncFile {
			t.Fatalf("flushed %+v", calls)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpSync); len(calls) != 0 {
			t.Fatalf("clean file flushed again: %+v", calls)
		}
	})
}

func TestWindowsLeftBehindAreFlushed(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, WindowSize: 1 << 16, MaxWindows: 1}, os.O_RDWR, pattern(1<<20))
	r := record(t)
	for off := int64(0); off < 1<<20; off += 1 << 16 {
		if _, err := f.WriteAt([]byte("dirty"), off); err != nil {
			t.Fatal(err)
		}
	}
	if left := r.take(mmap.OpWriteback); len(left) != 15 || left[3].Off != 3<<16 || left[3].Len != page(1) {
		t.Fatalf("windows that went flushed %+v", left)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpSyncFile); len(calls) == 0 {
		t.Fatal("no fsync covers the windows that are gone")
	}
}

func TestSlicesAndViewsAreFlushed(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, os.O_RDWR, pattern(1<<20))
	r := record(t)
	v, err := f.View(page(10), 100)
	if err != nil {
		t.Fatal(err)
	}
	copy(v.Bytes(), "written through a view")
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpSync); len(calls) != 1 || calls[0].Off != page(10) || calls[0].Len != page(1) {
		t.Fatalf("live view flushed %+v", calls)
	}
	v.Release()
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpSync); len(calls) != 1 || calls[0].Off != page(10) {
		t.Fatalf("released view flushed %+v", calls)
	}
	copy(f.Data()[page(20):], "written through Data")
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpSync); len(calls) != 1 || calls[0].Len != 1<<20 {
		t.Fatalf("Data flushed %+v", calls)
	}
}

func TestMarkDirtyIsImmediateUnderSyncImmediate(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, os.O_RDWR, pattern(1<<20))
	v, err := f.View(page(10)+10, page(4))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Release()
	r := record(t)
	if err := v.MarkDirty(page(1), 10); err != nil {
		t.Fatal(err)
	}
	if calls := r.take(mmap.OpSync); len(calls) != 1 || calls[0].Off != page(11) {
		t.Fatalf("flushed %+v", calls)
	}
}

func TestNeverFlushesOnlyWhenAsked(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		r := record(t)
		if _, err := f.WriteAt(make([]byte, 100), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpSync, mmap.OpSyncFile); len(calls) != 2 {
			t.Fatalf("Sync flushed %+v", calls)
		}
		if _, err := f.WriteAt(make([]byte, 100), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpSync, mmap.OpSyncFile); len(calls) != 0 {
			t.Fatalf("Close flushed %+v", calls)
		}
	})
}

func TestLazyFlushesAtClose(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, nil)
		if _, err := f.Write(pattern(10_000)); err != nil { // an empty file that grew
			t.Fatal(err)
		}
		r := record(t)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpSync, mmap.OpSyncFile); len(calls) == 0 {
			t.Fatal("nothing flushed")
		}
	})
}

func TestPeriodicFlushesBehindAndItsErrorIsToldTwice(t *testing.T) {
	told := make(chan string, 16)
	m, dir := newFS(t, &Config{
		Mode: ModeReadWrite, SyncMode: SyncPeriodic, SyncInterval: 5 * time.Millisecond,
		OnSyncError: func(name string, err error) {
			if errors.Is(err, sysx.EIO) {
				told <- name
			}
		},
	})
	name := filepath.Join(osfs.ToNative(dir), "file")
	if err := os.WriteFile(name, pattern(1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := file.(*MappedFile)
	r := record(t)
	if _, err := f.WriteAt([]byte("periodic"), page(7)); err != nil {
		t.Fatal(err)
	}
	var calls []mmap.Call
	for len(calls) == 0 {
		time.Sleep(time.Millisecond)
		calls = r.take(mmap.OpSync)
	}
	if calls[0].Off != page(7) || calls[0].Len != page(1) {
		t.Fatalf("flushed %+v", calls)
	}
	r.failing(mmap.OpSync, sysx.EIO)
	if _, err := f.WriteAt([]byte("periodic"), page(9)); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != f.Name() {
		t.Fatalf("told about %q", got)
	}
	r.failing(mmap.OpSync, nil)
	if err := f.Sync(); !errors.Is(err, sysx.EIO) {
		t.Fatalf("Sync after a failed background flush: %v", err)
	}
	if err := f.Sync(); err != nil {
		t.Fatalf("the error was told already: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFailedFlushIsReturnedAndTriedAgain(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		if _, err := f.WriteAt([]byte("x"), page(3)); err != nil {
			t.Fatal(err)
		}
		r := record(t)
		r.failing(mmap.OpSync, sysx.EIO)
		if err := f.Sync(); !errors.Is(err, sysx.EIO) {
			t.Fatalf("got %v", err)
		}
		r.failing(mmap.OpSync, nil)
		r.take()
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpSync); len(calls) != 1 || calls[0].Off != page(3) {
			t.Fatalf("second Sync flushed %+v", calls)
		}
	})
}
