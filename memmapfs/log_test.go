package memmapfs

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/absfs/memfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// logged returns a logger and what it was told.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}

func TestFallbackToPlainFilesIsLogged(t *testing.T) {
	if !is64 {
		t.Skip("platform: memfs v1.0.0 crashes on 32-bit systems, for a misaligned atomic of its own")
	}
	base, err := memfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	logger, out := logged()
	m := New(base, &Config{Mode: ModeReadWrite, Logger: logger})
	f, err := m.OpenFile("/file", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if s := out.String(); !strings.Contains(s, "level=WARN") || !strings.Contains(s, "instead of a mapping") || !strings.Contains(s, "file=/file") {
		t.Errorf("logged %q", s)
	}
}

func TestBackgroundSyncFailureIsLoggedAndCounted(t *testing.T) {
	logger, out := logged()
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, Logger: logger}, os.O_RDWR, pattern(1<<16))
	r := record(t)
	if _, err := f.WriteAt([]byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	r.failing(mmap.OpSync, sysx.EIO)
	if err := f.flushBehind(); err == nil {
		t.Fatal("the flush did not fail")
	}
	r.failing(mmap.OpSync, nil)
	if s := out.String(); !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "background sync failed") {
		t.Errorf("logged %q", s)
	}
	s := f.Stats()
	var calls int64
	for _, n := range s.SyncTimes {
		calls += n
	}
	if s.SyncFailures == 0 || s.SyncErrors != 1 || calls != s.Flushes+s.FileSyncs {
		t.Errorf("%d failures, %d errors, %d calls timed of %d", s.SyncFailures, s.SyncErrors, calls, s.Flushes+s.FileSyncs)
	}
	if err := f.Sync(); err == nil {
		t.Error("the error of the background sync was lost")
	}
}

func TestWindowHitsAreCountedBesideSlides(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 16}, os.O_RDWR, pattern(1<<18))
	for range 1 << 14 {
		if _, err := f.WriteAt([]byte("x"), 10); err != nil {
			t.Fatal(err)
		}
	}
	if s := f.Stats(); s.Slides == 0 || s.Hits < hitSampling || s.Hits > 1<<16 {
		t.Errorf("%d slides, %d hits", s.Slides, s.Hits)
	}
}

func TestResidentBytesAreThoseOfOpenFiles(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, MapFullFile: true}, os.O_RDWR, pattern(1<<16))
	if _, err := f.ReadAt(make([]byte, 1<<16), 0); err != nil {
		t.Fatal(err)
	}
	want, _, err := f.Resident(0, 1<<16)
	if err != nil {
		t.Skip("platform: the system does not tell which pages are in memory")
	}
	if got := f.fs.Resident(); got != want || got == 0 {
		t.Errorf("%d bytes, want %d", got, want)
	}
}
