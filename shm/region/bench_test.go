package region

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/memmapfs"
)

// BenchmarkCreateRemove is the life of a region of one page.
func BenchmarkCreateRemove(b *testing.B) {
	o := &Options{Dir: memoryDir(b)}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Create("x", 4096, o)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		if err := Remove("x", o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenClose attaches to a region that is there; BenchmarkMapClose, its
// baseline, opens and maps the same file and checks nothing.
func BenchmarkOpenClose(b *testing.B) {
	o := &Options{Dir: memoryDir(b)}
	mustCreate(b, "x", 4096, o)
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open("x", o)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMapClose(b *testing.B) {
	o := &Options{Dir: memoryDir(b)}
	mustCreate(b, "x", 4096, o)
	b.ReportAllocs()
	for b.Loop() {
		f, err := os.OpenFile(filepath.Join(o.Dir, "x"), os.O_RDWR, 0)
		if err != nil {
			b.Fatal(err)
		}
		m, err := memmapfs.Map(f, nil)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = m.Close(), f.Close()
	}
}

func BenchmarkSeatHeld(b *testing.B) {
	r := mustCreate(b, "x", 4096, &Options{Dir: memoryDir(b)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.SeatHeld(0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckLinked(b *testing.B) {
	r := mustCreate(b, "x", 4096, &Options{Dir: memoryDir(b)})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.CheckLinked(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInfo(b *testing.B) {
	r := mustCreate(b, "x", 4096, &Options{Dir: memoryDir(b)})
	b.ReportAllocs()
	for b.Loop() {
		if info := r.Info(); info.Err != nil {
			b.Fatal(info.Err)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	r := mustCreate(b, "x", 4096, &Options{Dir: memoryDir(b)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := At[order](r, 0); err != nil {
			b.Fatal(err)
		}
	}
}
