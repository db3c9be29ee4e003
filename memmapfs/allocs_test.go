package memmapfs

import (
	"io"
	"os"
	"testing"
)

func TestReadsWritesAndSeeksAllocateNothing(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		if cfg.WindowSize > 0 {
			cfg.MaxWindows = 64
		}
		f := mappedFile(t, cfg, os.O_RDWR, pattern(2<<20))
		small, page, large := make([]byte, 64), make([]byte, 4096), make([]byte, 1<<20)
		off := int64(0)
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		for name, fn := range map[string]func() error{
			"ReadAt 64 B":  func() error { off = (off + 4567) % (1 << 20); _, err := f.ReadAt(small, off); return err },
			"ReadAt 4 KiB": func() error { off = (off + 4567) % (1 << 20); _, err := f.ReadAt(page, off); return err },
			"ReadAt 1 MiB": func() error { _, err := f.ReadAt(large, 1000); return err },
			"WriteAt 64 B": func() error { off = (off + 4567) % (1 << 20); _, err := f.WriteAt(small, off); return err },
			"Seek":         func() error { _, err := f.Seek(2<<20, io.SeekStart); return err },
			"append 64 B":  func() error { _, err := f.Write(small); return err },
		} {
			var err error
			n := testing.AllocsPerRun(500, func() {
				if e := fn(); e != nil {
					err = e
				}
			})
			if n != 0 || err != nil {
				t.Errorf("%s: %v allocations, %v", name, n, err)
			}
		}
	})
}

func TestAppendingAheadAllocatesNothing(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 4 << 20}, os.O_RDWR, nil)
	record := make([]byte, 64)
	if n := testing.AllocsPerRun(10_000, func() { f.Write(record) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
