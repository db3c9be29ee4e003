package faults

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// duration is the long one in a soak.
func duration(short, long time.Duration) time.Duration {
	if os.Getenv("SHMKIT_SOAK") != "" {
		return long
	}
	return short
}

// TestCloseTruncateAndRefreshRaceWithEverybody lets handles be truncated,
// refreshed, synced and closed while a crowd works on them. Operations end
// well, by a fault, or because the handle is closed; nothing else.
func TestCloseTruncateAndRefreshRaceWithEverybody(t *testing.T) {
	eachPlan(t, func(t *testing.T, p plan) {
		before, err := held()
		must(t, err)
		dir := t.TempDir()
		name := filepath.Join(dir, "file")
		writeFile(t, name, numbered(fileSize))
		config := p.config()
		config.SyncMode, config.SyncInterval = memmapfs.SyncPeriodic, time.Millisecond
		var syncErrors atomic.Int64
		config.OnSyncError = func(string, error) { syncErrors.Add(1) }
		base, err := osfs.NewFS()
		must(t, err)
		m := memmapfs.New(base, config)
		r := rand.New(rand.NewPCG(3, 4))
		for end := time.Now().Add(duration(time.Second/2, time.Minute)); time.Now().Before(end); {
			raceOnce(t, m, name, r)
			if t.Failed() {
				break
			}
		}
		must(t, m.Close())
		if n := syncErrors.Load(); n > 0 {
			t.Errorf("%d periodic syncs failed", n)
		}
		if err := before.leaked(dir); err != nil {
			t.Error(err)
		}
	})
}

// raceOnce is the life of one handle.
func raceOnce(t *testing.T, m *memmapfs.MemMapFS, name string, r *rand.Rand) {
	t.Helper()
	f, err := open(m, name, os.O_RDWR)
	must(t, err)
	keep, err := f.View(0, min(100, sizeOf(t, f)))
	must(t, err)
	c := newCrowd(f, 0, fileSize)
	for range 20 {
		switch r.IntN(4) {
		case 0:
			err = f.Truncate(r.Int64N(fileSize))
		case 1:
			err = f.Refresh()
		case 2:
			err = f.Sync()
		default:
			err = f.Truncate(fileSize)
		}
		if err != nil {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Duration(r.IntN(500)) * time.Microsecond)
	}
	must(t, f.Truncate(fileSize))
	must(t, f.Close())
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	sum := byte(0)
	for _, b := range keep.Bytes() { // outlives Close
		sum += b
	}
	_ = sum
	time.Sleep(time.Duration(r.IntN(1000)) * time.Microsecond)
	got, err := c.end()
	keep.Release()
	if err != nil {
		t.Error(err)
	}
	delete(got.Others, fs.ErrClosed.Error())
	if len(got.Others) > 0 {
		t.Errorf("unexpected errors: %v", got.Others)
	}
}

func sizeOf(t *testing.T, f *memmapfs.MappedFile) int64 {
	t.Helper()
	info, err := f.Stat()
	must(t, err)
	return info.Size()
}
