package memmapfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/exp/mmap"
)

const benchSize = 64 << 20

// benchFile makes a file of benchSize bytes whose pages are in memory.
func benchFile(b *testing.B) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(name, pattern(benchSize), 0o600); err != nil {
		b.Fatal(err)
	}
	return name
}

// openers are the handles that are measured against each other.
func openers(b *testing.B, name string) []struct {
	name string
	file io.ReaderAt
} {
	b.Helper()
	plain, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	exp, err := mmap.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	whole := benchOpen(b, nil, name, os.O_RDONLY)
	windowed := benchOpen(b, &Config{Mode: ModeReadWrite, WindowSize: 16 << 20}, name, os.O_RDONLY)
	b.Cleanup(func() { plain.Close(); exp.Close() })
	return []struct {
		name string
		file io.ReaderAt
	}{{"os", plain}, {"exp", exp}, {"whole", whole}, {"windowed", windowed}}
}

func benchOpen(b *testing.B, cfg *Config, name string, flag int) *MappedFile {
	b.Helper()
	m, _ := newFS(b, cfg)
	file, err := m.OpenFile(name, flag|os.O_CREATE, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	return file.(*MappedFile)
}

// warmReads touches every page once.
func warmReads(b *testing.B, r io.ReaderAt) {
	b.Helper()
	p := make([]byte, 4096)
	for round := 0; round < 2; round++ {
		for off := int64(0); off < benchSize; off += 4096 {
			if _, err := r.ReadAt(p, off); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkReadAt(b *testing.B) {
	name := benchFile(b)
	for _, size := range []int{64, 4096} {
		for _, o := range openers(b, name) {
			b.Run(fmt.Sprintf("random%d/%s", size, o.name), func(b *testing.B) {
				warmReads(b, o.file)
				p := make([]byte, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				x := uint64(1)
				for b.Loop() {
					x = x*6364136223846793005 + 1442695040888963407
					off := int64(x>>33) % (benchSize - 8192)
					if _, err := o.file.ReadAt(p, off); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkReadAtSame(b *testing.B) {
	name := benchFile(b)
	for _, o := range openers(b, name) {
		b.Run(o.name, func(b *testing.B) {
			warmReads(b, o.file)
			p := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.file.ReadAt(p, 4096); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSequential1MiB(b *testing.B) {
	name := benchFile(b)
	for _, o := range openers(b, name) {
		b.Run(o.name, func(b *testing.B) {
			p := make([]byte, 1<<20)
			b.SetBytes(1 << 20)
			b.ReportAllocs()
			off := int64(0)
			for b.Loop() {
				if _, err := o.file.ReadAt(p, off); err != nil {
					b.Fatal(err)
				}
				if off += 1 << 20; off == benchSize {
					off = 0
				}
			}
		})
	}
}

func BenchmarkTwoReaders(b *testing.B) {
	name := benchFile(b)
	for _, o := range openers(b, name) {
		for _, goroutines := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", o.name, goroutines), func(b *testing.B) {
				warmReads(b, o.file)
				b.SetParallelism(1)
				if goroutines == 1 {
					runBench(b, o.file)
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					p := make([]byte, 64)
					x := uint64(1)
					for pb.Next() {
						x = x*6364136223846793005 + 1442695040888963407
						if _, err := o.file.ReadAt(p, int64(x>>33)%(benchSize-8192)); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

func runBench(b *testing.B, r io.ReaderAt) {
	p := make([]byte, 64)
	x := uint64(1)
	for i := 0; i < b.N; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		if _, err := r.ReadAt(p, int64(x>>33)%(benchSize-8192)); err != nil {
			b.Error(err)
		}
	}
}

func BenchmarkAppend64(b *testing.B) {
	p := make([]byte, 64)
	b.Run("os", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "file"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Write(p); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, ahead := range []int64{0, 4 << 20} {
		b.Run(fmt.Sprintf("mapped/ahead=%d", ahead), func(b *testing.B) {
			f := benchOpen(b, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: ahead}, filepath.Join(b.TempDir(), "file"), os.O_RDWR)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Write(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSeek(b *testing.B) {
	f := benchOpen(b, nil, benchFile(b), os.O_RDONLY)
	for name, whence := range map[string]int{"start": io.SeekStart, "current": io.SeekCurrent} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Seek(0, whence); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
