package memmapfs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// lockedOf returns how many bytes of addresses that show the file are locked, and
// how many bytes of memory.
func lockedOf(t *testing.T, name string) (counted, held int64) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("platform: %v", err)
	}
	var size int64
	of := false
	for line := range strings.Lines(string(smaps)) {
		key, rest, _ := strings.Cut(line, " ")
		var kib int64
		fmt.Sscan(rest, &kib)
		switch {
		case !strings.HasSuffix(key, ":"):
			of = strings.HasSuffix(strings.TrimSpace(rest), name)
		case !of:
		case key == "Size:":
			size = kib << 10
		case key == "Locked:":
			held += kib << 10
		case key == "VmFlags:" && strings.Contains(rest+" ", " lo "):
			counted += size
		}
	}
	return counted, held
}

// needsRoom skips where growth is mapped when somebody needs it, not before.
func needsRoom(t *testing.T) {
	t.Helper()
	if !is64 {
		t.Skip("platform: no room behind mappings on 32-bit systems")
	}
}

func TestWhatAFileGrowsByIsLockedToo(t *testing.T) {
	const begin = 5 << 10
	for name, cfg := range map[string]*Config{
		"whole":    {},
		"windowed": {WindowSize: 64 << 20, MaxWindows: 1},
		"ahead":    {GrowAhead: 256 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			needsRoom(t)
			cfg.Mode, cfg.SyncMode, cfg.LockMemory = ModeReadWrite, SyncNever, true
			f := mappedFile(t, cfg, os.O_RDWR, pattern(begin))
			steps := []struct {
				name string
				do   func() error
			}{
				{"open", func() error { return nil }},
				{"write", func() error { _, err := f.WriteAt(pattern(1<<20), begin); return err }},
				{"truncate", func() error { return f.Truncate(3 << 20) }},
				{"shorten", func() error { return f.Truncate(1 << 20) }},
				{"append", func() error {
					if _, err := f.Seek(0, 2); err != nil {
						return err
					}
					for range 3000 {
						if _, err := f.Write(pattern(100)); err != nil {
							return err
						}
					}
					return nil
				}},
				{"sync", f.Sync},
				{"elsewhere", func() error {
					if err := os.Truncate(f.Name(), 5<<20); err != nil {
						return err
					}
					return f.Refresh()
				}},
			}
			for _, step := range steps {
				if err := step.do(); err != nil {
					t.Fatal(step.name, err)
				}
				want, most := f.wholePages(), f.wholePages()
				if cfg.GrowAhead > 0 && step.name != "sync" {
					most += cfg.GrowAhead + page(1)
				}
				if cfg.WindowSize > 0 { // as they slide they are locked anew
					most = 5 << 20
				}
				counted, held := lockedOf(t, f.Name())
				if counted < want || counted > most || held < want || held > most {
					t.Errorf("%s: of %d bytes %d are locked, %d of them in memory", step.name, want, counted, held)
				}
			}
			if r := f.Stats().Refusals; len(r) != 0 {
				t.Errorf("refused: %v", r)
			}
		})
	}
}

func TestSmallAppendsLockPagesNotEachOther(t *testing.T) {
	needsRoom(t)
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, LockMemory: true}, os.O_RDWR, nil)
	r := record(t)
	const appends, n = 1000, 64
	for range appends {
		if _, err := f.Write(pattern(n)); err != nil {
			t.Fatal(err)
		}
	}
	pages := int(f.wholePages() / page(1))
	if calls := r.take(mmap.OpLock); len(calls) != pages {
		t.Fatalf("%d calls for %d pages", len(calls), pages)
	}
}

func TestGrowthThatCannotBeLockedIsNotedAndGrowsOn(t *testing.T) {
	needsRoom(t)
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever, LockMemory: true}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(100))
		r := record(t)
		r.failing(mmap.OpLock, sysx.ENOMEM)
		for i := range int64(10) {
			if _, err := f.WriteAt(pattern(5000), i*5000); err != nil {
				t.Fatal(err)
			}
		}
		if calls := r.take(mmap.OpLock); len(calls) != 1 {
			t.Errorf("asked %d times", len(calls))
		}
		if got := f.Stats().Refusals["lock memory"]; !strings.Contains(got, "lock 4096 bytes") {
			t.Errorf("refusals say %q", got)
		}
		r.failing(mmap.OpLock, nil)
		if cfg.WindowSize > 0 {
			return
		}
		f.mu.Lock()
		err := f.remap(0)
		f.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if counted, _ := lockedOf(t, f.Name()); counted != f.wholePages() {
			t.Errorf("mapped anew %d of %d bytes are locked", counted, f.wholePages())
		}
	})
}

// A window that cannot be locked is not shown: the descriptor serves instead.
func TestAWindowThatCannotBeLockedIsNoted(t *testing.T) {
	want := pattern(1 << 20)
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, LockMemory: true, WindowSize: 1 << 16, MaxWindows: 2}, os.O_RDWR, want)
	r := record(t)
	r.failing(mmap.OpLock, sysx.ENOMEM)
	got := make([]byte, 100)
	if _, err := f.ReadAt(got, 1<<19); err != nil || !bytes.Equal(got, want[1<<19:][:100]) {
		t.Fatalf("read: %v", err)
	}
	if got := f.Stats().Refusals["lock memory"]; !strings.Contains(got, "lock 65536 bytes") {
		t.Errorf("refusals say %q", got)
	}
}
