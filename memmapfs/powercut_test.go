package memmapfs

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

// TestNothingThatSyncAcknowledgedIsLostInAPowerCut writes at random and keeps a
// model of the device: a page reaches it when a flush call covers it, and not
// otherwise. After every Sync, and at Close, the device must hold every page as
// it was written last.
func TestNothingThatSyncAcknowledgedIsLostInAPowerCut(t *testing.T) {
	for name, policy := range map[string]SyncMode{"immediate": SyncImmediate, "lazy": SyncLazy, "never": SyncNever} {
		t.Run(name, func(t *testing.T) { cutPower(t, policy) })
	}
}

// cutPower keeps beside the file what of it the device holds, by the calls that
// flush, and compares whenever something was acknowledged.
func cutPower(t *testing.T, policy SyncMode) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: policy}, func(t *testing.T, cfg *Config) {
		const pages = 512
		f := mappedFile(t, cfg, os.O_RDWR, make([]byte, page(pages/2)))
		written, device := map[int64]int{}, map[int64]int{}
		r := record(t)
		flushed := func() {
			for _, c := range r.take(mmap.OpSync, mmap.OpSyncFile) {
				for p, version := range written {
					if c.Op == mmap.OpSyncFile || p*page(1) >= c.Off && p*page(1) < c.Off+c.Len {
						device[p] = version
					}
				}
			}
		}
		check := func(when string) {
			flushed()
			for p, version := range written {
				if device[p] != version {
					t.Fatalf("%s: page %d has version %d, the device %d", when, p, version, device[p])
				}
			}
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for i := 1; i < 3000; i++ {
			p := rng.Int64N(pages)
			switch k := rng.IntN(100); {
			case k < 90:
				if _, err := f.WriteAt([]byte("data"), page(p)+rng.Int64N(4000)); err != nil {
					t.Fatal(err)
				}
				written[p] = i
				if policy == SyncImmediate {
					check("a write")
				}
			case k < 95 && page(p) < f.Stats().Size:
				v, err := f.View(page(p), 1)
				if err != nil {
					t.Fatal(err)
				}
				v.Bytes()[0] = byte(i)
				written[p] = i
				if policy == SyncImmediate {
					if err := v.MarkDirty(0, 1); err != nil {
						t.Fatal(err)
					}
					check("MarkDirty")
				}
				v.Release()
			case k < 97:
				if err := f.SyncRange(page(p), 1); err != nil {
					t.Fatal(err)
				}
				flushed()
				if page(p) < f.Stats().Size && device[p] != written[p] {
					t.Fatalf("SyncRange left page %d behind", p)
				}
			default:
				if err := f.Sync(); err != nil {
					t.Fatal(err)
				}
				check("Sync")
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if policy != SyncNever {
			check("Close")
		}
	})
}
