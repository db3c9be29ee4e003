package memmapfs

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

func TestImagesGetWhatTheConfigSaysAboutMemory(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: images are memory of Go's")
	}
	r := record(t)
	count := func(op mmap.Op) int { return len(r.take(op)) }
	for name, tt := range map[string]struct {
		cfg  Config
		want map[mmap.Op]int
	}{
		"nothing":       {Config{}, map[mmap.Op]int{}},
		"NoDump":        {Config{NoDump: true}, map[mmap.Op]int{mmap.OpAdvise: 1}},
		"Advice":        {Config{Advice: AdviceRandom}, map[mmap.Op]int{mmap.OpAdvise: 1}},
		"UseHugePages":  {Config{UseHugePages: true}, map[mmap.Op]int{mmap.OpAdvise: 1}},
		"PreloadAsync":  {Config{PreloadAsync: true}, map[mmap.Op]int{mmap.OpAdvise: 1}},
		"Preload":       {Config{Preload: true}, map[mmap.Op]int{mmap.OpPopulate: 1}},
		"PopulatePages": {Config{PopulatePages: true}, map[mmap.Op]int{mmap.OpPopulate: 1}},
	} {
		for _, op := range []mmap.Op{mmap.OpAdvise, mmap.OpPopulate} {
			tt.cfg.Mode = ModeCopyOnWrite
			f := mappedFile(t, &tt.cfg, os.O_RDONLY, pattern(10_000))
			if got := count(op); got != tt.want[op] {
				t.Errorf("%s: %d calls of %s at Open", name, got, op)
			}
			if err := f.Discard(); err != nil {
				t.Fatal(err)
			}
			if got := count(op); got != tt.want[op] {
				t.Errorf("%s: %d calls of %s at Discard, which maps anew", name, got, op)
			}
		}
	}
}

func TestEveryHandleOfAnImageTellsWhatTheSystemRefused(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite, NoDump: true, UseHugePages: true, Advice: AdviceRandom})
	if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	record(t).failing(mmap.OpAdvise, sysx.EINVAL)
	for range 2 {
		f, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, what := range []string{"no dump", "huge pages", "advice random"} {
			if f.(*MappedFile).Stats().Refusals[what] == "" {
				t.Errorf("nothing is said about %s", what)
			}
		}
	}
}

func TestAnImageThatCannotBeLockedIsAnErrorOfOpen(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite, LockMemory: true})
	if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	r := record(t)
	r.failing(mmap.OpLock, sysx.ENOMEM)
	flags := []int{os.O_RDONLY, os.O_RDWR}
	if !mmap.Coherent {
		flags = flags[1:] // readers read the base
	}
	for _, flag := range flags {
		_, err := m.OpenFile(dir+"/file", flag, 0)
		if !errors.Is(err, ErrNotMappable) || mmap.Coherent && (!errors.Is(err, sysx.ENOMEM) || !strings.Contains(err.Error(), "lock 12288 bytes")) {
			t.Errorf("flag %d: %v", flag, err)
		}
	}
}

func TestCopiesOfABaseWithoutADescriptorAreLockedBeforeTheyAreFilled(t *testing.T) {
	base := memoryFS(t)
	w, err := base.Create("/file")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(pattern(10_000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := New(base, &Config{Mode: ModeCopyOnWrite, LockMemory: true, NoDump: true, Advice: AdviceDontNeed})
	defer m.Close()
	r := record(t)
	f, err := m.OpenFile("/file", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("kernel: memory cannot be locked here: %v", err)
	}
	defer f.Close()
	if got := contentOf(t, f.(*MappedFile)); !bytes.Equal(got, pattern(10_000)) {
		t.Fatalf("%d bytes, or others", len(got))
	}
	calls := r.take(mmap.OpAdvise, mmap.OpLock)
	if len(calls) != 3 || calls[2].Op != mmap.OpLock || calls[2].Len != 10_000 {
		t.Fatalf("%d calls", len(calls))
	}
}

// Pages that are locked, or written through a view, are copies of the base's.
func TestCopiedPagesShowWhatTheBaseGrewBy(t *testing.T) {
	want := pattern(50_000)
	for name, cfg := range map[string]*Config{"locked": {LockMemory: true}, "written": {}} {
		t.Run(name, func(t *testing.T) {
			cfg.Mode = ModeCopyOnWrite
			m, dir := newFS(t, cfg)
			rewrite := func(n int) {
				t.Helper()
				if err := os.WriteFile(osfs.ToNative(dir+"/file"), want[:n], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			rewrite(100)
			file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
			if err != nil {
				t.Skipf("kernel: memory cannot be locked here: %v", err)
			}
			f := file.(*MappedFile)
			defer f.Close()
			v, err := f.View(0, 10)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Release()
			copy(v.Bytes(), want)
			for _, n := range []int{3000, 5000, 200, 50_000} {
				lengthen(t, osfs.ToNative(dir+"/file"), want[:n])
				if err := f.Refresh(); err != nil {
					t.Fatal(err)
				}
				if got := contentOf(t, f); !bytes.Equal(got, want[:n]) {
					t.Fatalf("%d bytes of %d, or others", len(got), n)
				}
			}
		})
	}
}

// lengthen gives the file the content without making it empty in between.
func lengthen(t *testing.T, name string, content []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(len(content))); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
}

func TestDAXOfPrivateMemoryIsAnError(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite, DAX: true})
	if err := os.WriteFile(osfs.ToNative(dir+"/file"), pattern(5000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREATE | os.O_TRUNC} {
		f, err := m.OpenFile(dir+"/file", flag, 0o600)
		if err == nil {
			f.Close()
		}
		if !errors.Is(err, ErrNotMappable) || !strings.Contains(err.Error(), "DAX") {
			t.Errorf("flag %#x: %v", flag, err)
		}
	}
	if n := len(m.images); n != 0 {
		t.Errorf("%d images left", n)
	}
}
