package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

func sizeOnDisk(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTheLengthIsExactAfterEveryCall(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, nil)
		record := bytes.Repeat([]byte("r"), 64)
		for i := int64(1); i <= 3000; i++ {
			if _, err := f.Write(record); err != nil {
				t.Fatal(err)
			}
			if got := sizeOnDisk(t, osfs.ToNative(f.Name())); got != 64*i {
				t.Fatalf("%d bytes on disk after %d records", got, i)
			}
		}
		for _, size := range []int64{100, 1 << 20, 0, 5000} {
			if err := f.Truncate(size); err != nil || sizeOnDisk(t, osfs.ToNative(f.Name())) != size {
				t.Fatalf("Truncate(%d): %d, %v", size, sizeOnDisk(t, osfs.ToNative(f.Name())), err)
			}
		}
		p := make([]byte, 5000)
		if n, err := f.ReadAt(p, 0); n != 5000 || err != nil || !bytes.Equal(p, make([]byte, 5000)) {
			t.Fatalf("after growing again: %d, %v", n, err)
		}
	})
}

func TestSlicesStayWhereTheyAreAndSeeGrowth(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, os.O_RDWR, []byte("begin"))
	before := f.Data()
	chunk := pattern(1 << 20)
	for range 40 {
		if _, err := f.WriteAt(chunk, f.Stats().Size); err != nil {
			t.Fatal(err)
		}
	}
	after := f.Data()
	if mmap.Coherent && is64 && &before[0] != &after[0] {
		t.Fatal("the base moved")
	}
	if !bytes.Equal(after[5+39<<20:], chunk) {
		t.Fatal("the last chunk is not there")
	}
	if _, err := f.WriteAt([]byte("BEGIN"), 0); err != nil || string(before) != "BEGIN" {
		t.Fatalf("an early slice shows %q, %v", before, err)
	}
}

// Whoever opens a handle that GrowAhead does nothing for is told.
func TestGrowAheadIsServedOrRefusedWithAReason(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		flag int
		why  error
	}{
		{Config{Mode: ModeReadWrite}, os.O_RDWR, nil},
		{Config{Mode: ModeReadWrite}, os.O_WRONLY, nil},
		{Config{Mode: ModeReadWrite}, os.O_RDWR | os.O_SYNC, nil},
		{Config{Mode: ModeReadWrite, SyncMode: SyncLazy, WindowSize: 1 << 16, MapFullFile: true}, os.O_RDWR, nil},
		{Config{Mode: ModeReadWrite}, os.O_RDWR | os.O_APPEND, errAheadAppend},
		{Config{Mode: ModeReadWrite, WindowSize: 1 << 16}, os.O_RDWR, errAheadWindows},
		{Config{Mode: ModeReadOnly}, os.O_RDWR, errAheadPlain},
		{Config{Mode: ModeExecute}, os.O_WRONLY, errAheadPlain},
		{Config{Mode: ModeCopyOnWrite}, os.O_RDWR, errAheadPrivate},
	} {
		logger, out := logged()
		c.cfg.GrowAhead, c.cfg.Logger = 1<<20, logger
		m, dir := newFS(t, &c.cfg)
		name := dir + "/file"
		if err := os.WriteFile(osfs.ToNative(name), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := m.OpenFile(name, c.flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !mmap.Coherent && c.why == nil {
			c.why = errAheadSystem
		}
		want := ""
		if c.why != nil {
			want = c.why.Error()
		}
		got := f.(*MappedFile).Stats().Refusals["grow ahead"]
		if got != want || (want != "") != strings.Contains(out.String(), "setting=\"grow ahead\"") {
			t.Errorf("%v, flag %#x: %q, not %q; logged %s", c.cfg.Mode, c.flag, got, want, out)
		}
		for range 2 { // the second write has the first one's room
			if _, err := f.Seek(0, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte("more")); err != nil {
				t.Fatal(err)
			}
		}
		if ran := sizeOnDisk(t, osfs.ToNative(name)) > 1<<20; ran != (c.why == nil) {
			t.Errorf("%v, flag %#x: %d bytes on disk, refused: %q", c.cfg.Mode, c.flag, sizeOnDisk(t, osfs.ToNative(name)), got)
		}
		if end, err := f.Seek(0, io.SeekEnd); err != nil || end != 7+2*4 {
			t.Errorf("%v, flag %#x: the end is at %d, %v", c.cfg.Mode, c.flag, end, err)
		}
		r, err := m.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if s := r.(*MappedFile).Stats(); s.Refusals["grow ahead"] != "" {
			t.Errorf("a handle that only reads is told %q", s.Refusals)
		}
		if err := errors.Join(r.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunningAheadShowsOneLengthInsideAndIsCutOff(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 1 << 20}, os.O_RDWR, nil)
	record := bytes.Repeat([]byte("r"), 64)
	for range 1000 {
		if _, err := f.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	if got := sizeOnDisk(t, osfs.ToNative(f.Name())); got < 64_000 {
		t.Fatalf("%d bytes on disk", got)
	}
	if info, err := f.Stat(); err != nil || info.Size() != 64_000 {
		t.Fatalf("Stat says %d, %v", info.Size(), err)
	}
	p := make([]byte, 100)
	if n, err := f.ReadAt(p, 64_000-50); n != 50 || err == nil {
		t.Fatalf("read across the end: %d, %v", n, err)
	}
	if err := f.Sync(); err != nil || sizeOnDisk(t, osfs.ToNative(f.Name())) != 64_000 {
		t.Fatalf("after Sync: %d, %v", sizeOnDisk(t, osfs.ToNative(f.Name())), err)
	}
	if _, err := f.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil || sizeOnDisk(t, osfs.ToNative(f.Name())) != 64_064 {
		t.Fatalf("after Close: %d, %v", sizeOnDisk(t, osfs.ToNative(f.Name())), err)
	}
	content, err := os.ReadFile(osfs.ToNative(f.Name()))
	if err != nil || !bytes.Equal(content, bytes.Repeat([]byte("r"), 64_064)) {
		t.Fatalf("content differs, %v", err)
	}
}
