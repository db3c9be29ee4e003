package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// coldImage opens a file of 20 blocks and a bit of which nobody touched a page.
func coldImage(t *testing.T, cfg Config, flag int) (f *MappedFile, want []byte) {
	t.Helper()
	cfg.Mode = ModeCopyOnWrite
	want = pattern(20<<coldShift + 5000)
	f = mappedFile(t, &cfg, flag, want)
	if !cfg.ColdFaults && f.whole.cold == nil {
		t.Skip("kernel: nothing is cold on this file system")
	}
	return f, want
}

// A read or a write of pages never touched has them read first, as without
// copy-on-write; touched pages cost no call, not even one for the length.
func TestColdPagesOfAnImageAreAskedForBeforeTheyAreTouched(t *testing.T) {
	const block = 1 << coldShift
	cold := []mmap.Op{mmap.OpReadahead, mmap.OpReadCached, mmap.OpPopulate}
	for name, access := range map[string]func(f *MappedFile, p []byte, off int64) (int, error){
		"read":  (*MappedFile).ReadAt,
		"write": (*MappedFile).WriteAt,
	} {
		t.Run(name, func(t *testing.T) {
			f, want := coldImage(t, Config{}, os.O_RDWR)
			r := record(t)
			for _, tt := range []struct {
				off  int64
				want []mmap.Op
			}{
				{8*block + 100, cold},
				{9 * block, cold[1:]},
				{3 * block, cold},
				{8 * block, nil},
				{9*block + 10_000, nil},
				{20*block + 4000, cold},
				{20 * block, nil},
			} {
				before := f.Stats().Populates
				if _, err := access(f, slices.Clone(want[tt.off:tt.off+64]), tt.off); err != nil {
					t.Fatal(tt.off, err)
				}
				var got []mmap.Op
				for _, c := range r.take(cold...) {
					got = append(got, c.Op)
				}
				if got = slices.Compact(got); !slices.Equal(got, tt.want) {
					t.Errorf("at %d: %v, want %v", tt.off, got, tt.want)
				}
				if n := f.Stats().Populates - before; n != int64(min(1, len(tt.want))) {
					t.Errorf("at %d: %d populated", tt.off, n)
				}
			}
			got := make([]byte, len(want))
			if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("the image holds something else, %v", err)
			}
		})
	}
}

func TestMemoryOfAnImageIsNeverCold(t *testing.T) {
	f, want := coldImage(t, Config{}, os.O_RDWR)
	r := record(t)
	far := int64(len(want)) + 10<<coldShift
	if _, err := f.WriteAt([]byte("private"), far); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 7)
	if _, err := f.ReadAt(got, far); err != nil || string(got) != "private" {
		t.Fatalf("%q, %v", got, err)
	}
	if calls := r.take(mmap.OpReadahead, mmap.OpReadCached, mmap.OpPopulate); len(calls) != 0 {
		t.Errorf("%d calls for memory", len(calls))
	}
	if _, err := f.ReadAt(got, int64(len(want))-100); err != nil || !bytes.Equal(got, want[len(want)-100:][:7]) {
		t.Fatalf("%q, %v", got, err)
	}
	if calls := r.take(mmap.OpPopulate); len(calls) != 1 || calls[0].Len > 8192 {
		t.Errorf("%d calls for the last page of the base", len(calls))
	}
}

func TestDiscardedPagesAreColdAgain(t *testing.T) {
	f, _ := coldImage(t, Config{}, os.O_RDWR)
	populated := func(after string, want int64) {
		t.Helper()
		if _, err := f.ReadAt(make([]byte, 64), 100); err != nil {
			t.Fatal(err)
		}
		if got := f.Stats().Populates; got != want {
			t.Errorf("after %s: %d populated, want %d", after, got, want)
		}
	}
	populated("Open", 1)
	if _, err := f.WriteAt([]byte("private"), 200); err != nil {
		t.Fatal(err)
	}
	populated("a write", 1)
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	populated("Discard", 2)
	populated("a read", 2)
}

func TestColdFaultsAndPreloadLeaveImagesAlone(t *testing.T) {
	for _, cfg := range []Config{{ColdFaults: true}, {Preload: true}, {ColdFaults: true, Preload: true}} {
		f, want := coldImage(t, cfg, os.O_RDWR)
		for _, off := range []int64{100, 10 << coldShift, int64(len(want)) - 10, int64(len(want)) + 10} {
			if _, err := f.WriteAt([]byte("write"), off); err != nil {
				t.Fatal(err)
			}
			if _, err := f.ReadAt(make([]byte, 5), off); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.Stats().Populates; n != 0 {
			t.Errorf("%+v: %d populated", cfg, n)
		}
	}
}

// Warm reads of an image do not ask for its length: who meets the new end of a base
// that was cut must learn it.
func TestAFaultInAnImageTeachesItsLength(t *testing.T) {
	f, _ := coldImage(t, Config{}, os.O_RDONLY)
	p := make([]byte, 64)
	for _, off := range []int64{0, 5 << coldShift} {
		if _, err := f.ReadAt(p, off); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(f.native.Name(), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAt(p, 5<<coldShift); !errors.Is(err, sigbus.ErrFault) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("behind the new end: %v", err)
	}
	if n, err := f.ReadAt(p, 5<<coldShift); n != 0 || err != io.EOF {
		t.Fatalf("once more: %d, %v", n, err)
	}
	if n, err := f.ReadAt(p, 90); n != 10 || err != io.EOF {
		t.Fatalf("at the new end: %d, %v", n, err)
	}
}
