package memmapfs

import (
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// elsewhere maps the file of f in every other way a process can, and uses each.
func elsewhere(t *testing.T, f *MappedFile) []*MappedFile {
	t.Helper()
	native := osfs.ToNative(f.Name())
	own, err := os.OpenFile(native, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	direct, err := Map(own, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { direct.Close(); own.Close() })
	list := []*MappedFile{direct}
	for _, config := range []*Config{nil, {Mode: ModeReadWrite, WindowSize: 64 << 10}, {Mode: ModeReadOnly}} {
		m, _ := newFS(t, config)
		g, err := m.Open(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { g.Close() })
		list = append(list, g.(*MappedFile))
	}
	for _, g := range append(list, f) {
		if _, err := g.ReadAt(make([]byte, 10), 100_000); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func TestTruncateIsNotRefusedForWhatTheProcessMaps(t *testing.T) {
	for name, truncate := range map[string]func(f, direct *MappedFile) error{
		"by name":          func(f, _ *MappedFile) error { return f.fs.Truncate(f.Name(), 50) },
		"of a handle":      func(f, _ *MappedFile) error { return f.Truncate(50) },
		"of a file of Map": func(_, direct *MappedFile) error { return direct.Truncate(50) },
		"O_TRUNC": func(f, _ *MappedFile) error {
			g, err := f.fs.OpenFile(f.Name(), os.O_RDWR|os.O_TRUNC, 0)
			if err != nil {
				return err
			}
			_, err = g.WriteAt(pattern(50), 0)
			return errors.Join(err, g.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := mappedFile(t, nil, os.O_RDWR, pattern(200_000))
			list := elsewhere(t, f)
			if err := truncate(f, list[0]); err != nil {
				t.Fatal(err)
			}
			for i, g := range append(list, f) {
				if err := g.Refresh(); err != nil {
					t.Error(i, err)
				}
				got, err := io.ReadAll(io.NewSectionReader(g, 0, 1<<20))
				if err != nil || string(got) != string(pattern(50)) {
					t.Errorf("handle %d reads %d bytes, %v", i, len(got), err)
				}
			}
		})
	}
}

// A slice from Data is valid until Close, whoever shortens the file.
func TestTruncateElsewhereLeavesDataMapped(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, pattern(200_000))
	list := elsewhere(t, f)
	data := list[0].Data()
	err := f.fs.Truncate(f.Name(), 100_000)
	if mmap.Coherent != (err == nil) {
		t.Fatal(err)
	}
	if string(data[:50]) != string(pattern(50)) {
		t.Fatal("the slice shows something else")
	}
}

func TestListOfMappersKeepsNoHandleAlive(t *testing.T) {
	if !mustUnmap {
		t.Skip("platform: a mapped file can be truncated, nobody is listed")
	}
	f := mappedFile(t, nil, os.O_RDWR, pattern(100))
	if n := len(mapped.of(f.id, nil)); n != 1 {
		t.Fatalf("%d handles are listed", n)
	}
	func() {
		if _, err := f.fs.Open(f.Name()); err != nil {
			t.Fatal(err)
		}
	}()
	for range 100 {
		runtime.GC()
		mapped.mu.Lock()
		n := len(mapped.list[f.id])
		mapped.mu.Unlock()
		if n == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	f.Close()
	mapped.mu.Lock()
	defer mapped.mu.Unlock()
	if n := len(mapped.list[f.id]); n != 0 {
		t.Fatalf("%d handles are listed after the last was closed or dropped", n)
	}
}
