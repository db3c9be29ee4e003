package memmapfs

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

func TestAdviceIsGivenOrRefusedNeverSwallowed(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, pattern(1<<20))
	for a := AdviceNormal; a <= adviceLast; a++ {
		err := f.Advise(a)
		t.Logf("%s: %v", a, err)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, sysx.EINVAL) && !errors.Is(err, sysx.EPERM) {
			t.Errorf("%s: %v", a, err)
		}
	}
	if err := f.Advise(adviceLast + 1); err == nil {
		t.Error("advice that does not exist was taken")
	}
	got := make([]byte, 100)
	if _, err := f.ReadAt(got, 5000); err != nil || got[0] != pattern(1 << 20)[5000] {
		t.Fatalf("advice changed the file: %v", err)
	}
}

func TestAHoleReadsAsZeros(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, pattern(1<<20))
	err := f.PunchHole(page(10), page(5))
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: no holes here")
	}
	if err != nil {
		t.Fatal(err)
	}
	got := f.Data()
	for i := page(10); i < page(15); i++ {
		if got[i] != 0 {
			t.Fatalf("byte %d is %d", i, got[i])
		}
	}
	if got[page(15)] != pattern(1 << 20)[page(15)] || f.Stats().Size != 1<<20 {
		t.Fatal("more than the hole changed")
	}
}

// A byte of each page read in vain costs a fault each; the kernel fills the page
// table in one call, where it has it.
func TestPreloadAsksTheKernelForAllPages(t *testing.T) {
	r := record(t)
	for _, cfg := range []*Config{{Preload: true}, {Preload: true, WindowSize: 1 << 16, MaxWindows: 2}} {
		r.take()
		f := mappedFile(t, cfg, os.O_RDONLY, pattern(1<<20))
		if _, err := f.ReadAt(make([]byte, 10), 0); err != nil {
			t.Fatal(err)
		}
		want := int64(1 << 20)
		if cfg.WindowSize > 0 {
			want = cfg.WindowSize
		}
		if calls := r.take(mmap.OpPopulate); len(calls) == 0 || calls[0].Len < want {
			t.Errorf("window %d: %d calls, want the first to populate %d bytes", cfg.WindowSize, len(calls), want)
		}
	}
}

func TestResidencyFollowsPreload(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, Preload: true}, os.O_RDONLY, pattern(1<<20))
	in, total, err := f.Resident(0, 1<<20)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: residency cannot be asked")
	}
	if err != nil || total != 1<<20 || in != total {
		t.Fatalf("%d of %d bytes in memory, %v", in, total, err)
	}
}

func TestLockingBeyondTheLimitSaysSo(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDONLY, pattern(1<<20))
	if err := f.LockMemory(0, 1<<16); err != nil {
		t.Skipf("kernel: memory cannot be locked here: %v", err)
	}
	if err := f.UnlockMemory(0, 1<<16); err != nil {
		t.Fatal(err)
	}
	r := record(t)
	r.failing(mmap.OpLock, sysx.ENOMEM)
	err := f.LockMemory(0, 1<<20)
	if !errors.Is(err, sysx.ENOMEM) || !strings.Contains(err.Error(), "lock 1048576 bytes") {
		t.Fatalf("got %v", err)
	}
	m, dir := newFS(t, &Config{Mode: ModeReadWrite, LockMemory: true})
	empty, err := m.Create(dir + "/file")
	if err != nil {
		t.Fatalf("an empty file has nothing to lock: %v", err)
	}
	defer empty.Close()
	if err := os.WriteFile(osfs.ToNative(f.Name()+"2"), pattern(5000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Open(f.Name() + "2"); !errors.Is(err, sysx.ENOMEM) {
		t.Fatalf("Open with Config.LockMemory: %v", err)
	}
}

func TestDAXOffDAXIsAnError(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, DAX: true}, func(t *testing.T, cfg *Config) {
		m, dir := newFS(t, cfg)
		if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(5000), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
		if err == nil {
			why := f.(*MappedFile).Stats().Why
			f.Close()
			if why != "" {
				t.Fatalf("plain reads and writes instead: %s", why)
			}
			t.Skip("kernel: this file system has DAX")
		}
		if !errors.Is(err, ErrNotMappable) || !strings.Contains(err.Error(), "DAX") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestExecuteMapsForExecutionAndSecretsStayOutOfDumps(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: /proc of Linux")
	}
	f := mappedFile(t, &Config{Mode: ModeExecute, NoDump: true}, os.O_RDONLY, pattern(10_000))
	lines := mapsOf(t, f.Name())
	if len(lines) != 1 || !strings.Contains(lines[0], " r-xs ") {
		t.Fatalf("mapped as %q", lines)
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(smaps), f.Name())
	_, flags, _ := strings.Cut(after, "VmFlags:")
	if flags, _, _ := strings.Cut(flags, "\n"); !strings.Contains(flags, " dd") {
		t.Fatalf("flags %q", flags)
	}
	if len(f.Stats().Refusals) != 0 {
		t.Fatalf("refused: %v", f.Stats().Refusals)
	}
}

func TestHugePagesAreGivenOrRefusedAndTheFileWorks(t *testing.T) {
	want := pattern(300000)
	for _, window := range []int64{0, 1 << 16} {
		f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, UseHugePages: true, WindowSize: window}, os.O_RDWR, want)
		copy(want[100:], "changed")
		if _, err := f.WriteAt([]byte("changed"), 100); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("read: %v, equal %v", err, bytes.Equal(got, want))
		}
		s := f.Stats()
		if !s.Mapped {
			t.Fatalf("not mapped: %s", s.Why)
		}
		t.Logf("refusals: %v", s.Refusals)
	}
}

// TestAskingForResidencyStopsNobody asks about a file of a terabyte, of which
// a few megabytes are in memory.
func TestAskingForResidencyStopsNobody(t *testing.T) {
	for _, cfg := range []*Config{{Mode: ModeReadWrite, MapFullFile: true}, {Mode: ModeReadWrite, WindowSize: 1 << 20, MaxWindows: 4}} {
		m, dir := newFS(t, cfg)
		name := dir + "/file"
		f, err := m.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Truncate(1 << 40); err != nil {
			t.Skipf("kernel: no file of a terabyte here: %v", err)
		}
		if _, err := f.Write(pattern(8 << 20)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(make([]byte, 1<<20), 0); err != nil {
			t.Fatal(err)
		}
		start, asked := time.Now(), make(chan int64)
		go func() { asked <- m.Resident() }()
		if v, err := f.(*MappedFile).View(0, 10); err == nil {
			v.Release()
		}
		known, _, err := f.(*MappedFile).Resident(0, 1<<20)
		if in := <-asked; err == nil && known > 0 && in == 0 {
			t.Error("nothing is in memory")
		}
		t.Logf("window %d: asked for %v", cfg.WindowSize, time.Since(start))
	}
}
