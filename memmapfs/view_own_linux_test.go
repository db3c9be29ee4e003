package memmapfs

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// flagsOf returns the kernel's flags of each mapping of the file.
func flagsOf(t *testing.T, name string) []string {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("platform: %v", err)
	}
	var flags []string
	of := false
	for line := range strings.Lines(string(smaps)) {
		key, rest, _ := strings.Cut(line, " ")
		switch {
		case !strings.HasSuffix(key, ":"):
			of = strings.HasSuffix(strings.TrimSpace(rest), name)
		case of && key == "VmFlags:":
			flags = append(flags, " "+strings.TrimSpace(rest)+" ")
		}
	}
	return flags
}

// A view in windowed mode has a mapping of its own; what the config says about
// memory holds there as well, or secrets get into core dumps after all.
func TestViewsBesideWindowsAreWhatTheConfigSays(t *testing.T) {
	f := mappedFile(t, &Config{
		Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 1,
		NoDump: true, Advice: AdviceRandom, LockMemory: true,
	}, os.O_RDWR, pattern(1<<20))
	v, err := f.View(1<<18+5, 1<<17)
	if err != nil {
		t.Fatal(err)
	}
	flags := flagsOf(t, f.Name())
	if len(flags) != 2 { // that of the window, and that of the view
		t.Fatalf("mappings %q", flags)
	}
	for _, got := range flags {
		for _, want := range []string{" dd ", " rr ", " lo "} {
			if !strings.Contains(got, want) {
				t.Errorf("no%sin %q", want, got)
			}
		}
	}
	v.Release()
	if len(f.Stats().Refusals) != 0 {
		t.Fatalf("refused: %v", f.Stats().Refusals)
	}
}

func TestAViewThatCannotBeAsTheConfigSaysTellsIt(t *testing.T) {
	f := mappedFile(t, &Config{
		Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 1, NoDump: true, LockMemory: true,
	}, os.O_RDWR, pattern(1<<20))
	before := len(flagsOf(t, f.Name()))
	r := record(t)
	r.failing(mmap.OpLock, sysx.ENOMEM)
	if _, err := f.View(0, 1<<17); !errors.Is(err, sysx.ENOMEM) || !strings.Contains(err.Error(), "lock 131072 bytes") {
		t.Fatalf("memory that cannot be locked: %v", err)
	}
	if now, views := len(flagsOf(t, f.Name())), f.Stats().Views; !debugViews && now != before || views != 0 {
		t.Fatalf("left behind: %d mappings, %d views", now-before, views)
	}
	r.failing(mmap.OpAdvise, sysx.EINVAL)
	v, err := f.View(0, 1<<17)
	if err != nil {
		t.Fatal(err)
	}
	v.Release()
	if f.Stats().Refusals["no dump"] == "" {
		t.Fatalf("nobody says that dumps show the view: %v", f.Stats().Refusals)
	}
}
