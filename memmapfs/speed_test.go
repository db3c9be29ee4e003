package memmapfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/exp/mmap"
)

// contestant is one way to do an operation.
type contestant struct {
	name string
	op   func(n int) // does the operation n times
	best float64     // nanoseconds for one
}

// contest lets the contestants take turns and prints the best round of each:
// what the machine can do when nobody disturbs.
func contest(title string, runs ...contestant) {
	const rounds, round = 30, 10 * time.Millisecond
	for i := range runs {
		r := &runs[i]
		start := time.Now()
		r.op(10)
		r.best = float64(time.Since(start).Nanoseconds()) / 10
	}
	for range rounds {
		for i := range runs {
			r := &runs[i]
			n := max(1, int(float64(round)/r.best))
			start := time.Now()
			r.op(n)
			r.best = min(r.best, float64(time.Since(start).Nanoseconds())/float64(n))
		}
	}
	line := fmt.Sprintf("| %-32s |", title)
	for _, r := range runs {
		line += fmt.Sprintf(" %s %.1f ns |", r.name, r.best)
	}
	fmt.Println(line)
}

// randomReads reads size bytes at random places of the first span bytes.
func randomReads(r io.ReaderAt, span, size int) func(n int) {
	p := make([]byte, size)
	x := uint64(1)
	return func(n int) {
		for range n {
			x = x*6364136223846793005 + 1442695040888963407
			if _, err := r.ReadAt(p, int64(x>>33)%int64(span-size)); err != nil {
				panic(err)
			}
		}
	}
}

func sequentialReads(r io.ReaderAt, span, size int) func(n int) {
	p := make([]byte, size)
	off := int64(0)
	return func(n int) {
		for range n {
			if _, err := r.ReadAt(p, off); err != nil {
				panic(err)
			}
			off = (off + int64(size)) % int64(span)
		}
	}
}

// twoAtOnce does half of the operations in each of two goroutines.
func twoAtOnce(a, b func(n int)) func(n int) {
	return func(n int) {
		var wg sync.WaitGroup
		wg.Go(func() { a(n / 2) })
		wg.Go(func() { b(n / 2) })
		wg.Wait()
	}
}

func appends(w io.WriteSeeker) func(n int) {
	p := make([]byte, 64)
	left := 0
	return func(n int) {
		for range n {
			if left == 0 { // the file stays small enough for any disk
				left = 1 << 20
				if _, err := w.Seek(0, io.SeekStart); err != nil {
					panic(err)
				}
				if err := w.(interface{ Truncate(int64) error }).Truncate(0); err != nil {
					panic(err)
				}
			}
			left--
			if _, err := w.Write(p); err != nil {
				panic(err)
			}
		}
	}
}

// TestSpeedTable measures and prints; it judges nothing.
func TestSpeedTable(t *testing.T) {
	if os.Getenv("SHMKIT_SOAK") == "" {
		t.Skip("soak: set SHMKIT_SOAK=1 to measure")
	}
	dir := t.TempDir()
	open := func(cfg Config, name string, flag int) *MappedFile {
		cfg.Mode, cfg.SyncMode = ModeReadWrite, SyncNever
		m, _ := newFS(t, &cfg)
		f, err := m.OpenFile(name, flag, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f.(*MappedFile)
	}
	for _, span := range []int{256 << 10, 32 << 20} {
		name := filepath.Join(dir, fmt.Sprint(span))
		if err := os.WriteFile(name, pattern(span), 0o600); err != nil {
			t.Fatal(err)
		}
		plain, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		exp, err := mmap.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer exp.Close()
		whole := open(Config{}, name, os.O_RDONLY)
		windowed := open(Config{WindowSize: 1 << 20, MaxWindows: 64}, name, os.O_RDONLY)
		files := []struct {
			name string
			r    io.ReaderAt
		}{{"os.File", plain}, {"x/exp/mmap", exp}, {"whole", whole}, {"windowed", windowed}}
		for _, size := range []int{64, 4096} {
			var one, two []contestant
			for _, f := range files {
				sequentialReads(f.r, span, 4096)(2 * span / 4096)
				one = append(one, contestant{name: f.name, op: randomReads(f.r, span, size)})
				two = append(two, contestant{name: f.name, op: twoAtOnce(randomReads(f.r, span, size), randomReads(f.r, span, size))})
			}
			contest(fmt.Sprintf("random %d B of %d KiB", size, span>>10), one...)
			contest("the same by two goroutines", two...)
		}
		if span > 1<<20 {
			var runs []contestant
			for _, f := range files {
				runs = append(runs, contestant{name: f.name, op: sequentialReads(f.r, span, 1<<20)})
			}
			contest("sequential 1 MiB", runs...)
		}
	}
	plain, err := os.Create(filepath.Join(dir, "append"))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	exact := open(Config{}, filepath.Join(dir, "exact"), os.O_RDWR|os.O_CREATE)
	ahead := open(Config{GrowAhead: 4 << 20}, filepath.Join(dir, "ahead"), os.O_RDWR|os.O_CREATE)
	contest("append 64 B", contestant{name: "os.File", op: appends(plain)},
		contestant{name: "exact length", op: appends(exact)}, contestant{name: "GrowAhead 4 MiB", op: appends(ahead)})
	seek := func(f io.Seeker, whence int) func(int) {
		return func(n int) {
			for range n {
				f.Seek(0, whence)
			}
		}
	}
	contest("Seek", contestant{name: "os.File", op: seek(plain, io.SeekStart)},
		contestant{name: "start", op: seek(exact, io.SeekStart)}, contestant{name: "current", op: seek(exact, io.SeekCurrent)})
}
