package memmapfs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// plainFile opens a new file that cannot be mapped, with everything else recorded.
func plainFile(t *testing.T, cfg Config, flag int) (*MappedFile, *recorder) {
	t.Helper()
	cfg.Mode = ModeReadWrite
	m, dir := newFS(t, &cfg)
	if err := os.WriteFile(filepath.Join(osfs.ToNative(dir), "file"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := record(t)
	r.failing(mmap.OpMap, sysx.ENODEV)
	file, err := m.OpenFile(dir+"/file", flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := file.(*MappedFile)
	t.Cleanup(func() { f.Close() })
	if f.Stats().Mapped {
		t.Fatal("mapped nevertheless")
	}
	return f, r
}

func TestWhatCannotBeMappedLeavesNoHandleOpen(t *testing.T) {
	for _, flag := range []int{os.O_WRONLY, os.O_RDWR | os.O_APPEND} { // another handle would have been mapped
		before := descriptors(t)
		f, _ := plainFile(t, Config{}, flag)
		name := osfs.ToNative(f.Name())
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if after := descriptors(t); after > before {
			t.Errorf("opened with %#x: %d descriptors before, %d after", flag, before, after)
		}
		if err := os.Remove(name); err != nil { // which Windows refuses while a handle is open
			t.Error(err)
		}
	}
}

// changes are the ways to change a file.
var changes = map[string]func(f *MappedFile) error{
	"Write":    func(f *MappedFile) error { _, err := f.Write([]byte("written")); return err },
	"WriteAt":  func(f *MappedFile) error { _, err := f.WriteAt([]byte("written"), 5000); return err },
	"ReadFrom": func(f *MappedFile) error { _, err := io.Copy(f, strings.NewReader("written")); return err },
	"Truncate": func(f *MappedFile) error { return f.Truncate(10_000) },
}

func TestSyncModesHoldForHandlesThatMapNothing(t *testing.T) {
	for mode, want := range map[SyncMode]struct{ written, closed int }{
		SyncImmediate: {1, 0}, SyncLazy: {0, 1}, SyncNever: {0, 0},
	} {
		for name, change := range changes {
			f, r := plainFile(t, Config{SyncMode: mode}, os.O_RDWR)
			if err := change(f); err != nil {
				t.Fatal(err)
			}
			written := len(r.take(mmap.OpSyncFile))
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if closed := len(r.take(mmap.OpSyncFile)); written != want.written || closed != want.closed {
				t.Errorf("mode %d, %s: flushed %d times, then by Close %d times; want %+v", mode, name, written, closed, want)
			}
		}
	}
	f, r := plainFile(t, Config{SyncMode: SyncImmediate}, os.O_RDWR|os.O_APPEND)
	if _, err := f.Write([]byte("appended")); err != nil || len(r.take(mmap.OpSyncFile)) != 1 {
		t.Errorf("an append was not flushed, %v", err)
	}
}

func TestSyncOfAHandleThatMapsNothingLeavesNothingForClose(t *testing.T) {
	f, r := plainFile(t, Config{SyncMode: SyncLazy}, os.O_RDWR)
	for _, do := range []func() error{func() error { return changes["Write"](f) }, f.Sync, f.Close} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.take(mmap.OpSyncFile)); n != 1 {
		t.Fatalf("flushed %d times", n)
	}
}

func TestThePeriodicSyncReachesHandlesThatMapNothing(t *testing.T) {
	told := make(chan error, 100)
	f, r := plainFile(t, Config{SyncMode: SyncPeriodic, SyncInterval: time.Millisecond, OnSyncError: func(_ string, err error) { told <- err }}, os.O_RDWR)
	r.failing(mmap.OpSyncFile, sysx.EIO)
	if err := changes["Write"](f); err != nil {
		t.Fatal(err)
	}
	if err := <-told; !errors.Is(err, sysx.EIO) {
		t.Fatal(err)
	}
	r.failing(mmap.OpSyncFile, nil)
	if err := f.Sync(); !errors.Is(err, sysx.EIO) {
		t.Fatalf("Sync after a flush that failed: %v", err)
	}
	if err := f.Sync(); err != nil {
		t.Fatalf("and again: %v", err)
	}
}

func TestAFailedFlushOfAHandleThatMapsNothingIsTold(t *testing.T) {
	f, r := plainFile(t, Config{SyncMode: SyncImmediate}, os.O_RDWR)
	r.failing(mmap.OpSyncFile, sysx.EIO)
	for name, change := range changes {
		if err := change(f); !errors.Is(err, sysx.EIO) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Close(); !errors.Is(err, sysx.EIO) {
		t.Errorf("Close: %v", err)
	}
}

func TestSyncAsyncStartsWritingWhatIsNotMapped(t *testing.T) {
	f, r := plainFile(t, Config{SyncMode: SyncLazy}, os.O_RDWR)
	files := []*MappedFile{f}
	if runtime.GOOS != "windows" { // where files to append to are not mapped
		r.failing(mmap.OpMap, nil)
		files = append(files, mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, os.O_RDWR|os.O_APPEND, []byte("content")))
	}
	for _, f := range files {
		if err := f.SyncAsync(); err != nil {
			t.Fatal(err)
		}
		if calls := r.take(mmap.OpWriteback, mmap.OpSyncFile); len(calls) != 0 {
			t.Errorf("nothing was written, and %+v", calls)
		}
		if _, err := f.Write([]byte("written")); err != nil {
			t.Fatal(err)
		}
		if err := f.SyncAsync(); err != nil {
			t.Fatal(err)
		}
		calls := r.take(mmap.OpWriteback, mmap.OpSyncFile)
		if len(calls) == 0 || runtime.GOOS == "linux" && calls[len(calls)-1].Op != mmap.OpWriteback {
			t.Errorf("started %+v", calls)
		}
		if err := f.Sync(); err != nil || len(r.take(mmap.OpSyncFile)) == 0 {
			t.Errorf("what was started counts as durable, %v", err)
		}
		r.failing(mmap.OpWriteback, errors.ErrUnsupported)
		if _, err := f.Write([]byte("written")); err != nil {
			t.Fatal(err)
		}
		if err := f.SyncAsync(); err != nil || len(r.take(mmap.OpSyncFile)) != 1 {
			t.Errorf("not flushed where it cannot be started, %v", err)
		}
		r.failing(mmap.OpWriteback, nil)
	}
}
