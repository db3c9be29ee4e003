package memmapfs

import (
	"io"
	"os"
	"testing"

	"github.com/absfs/memfs"
)

// memoryFS is a base whose files have no descriptor.
func memoryFS(t *testing.T) *memfs.FileSystem {
	t.Helper()
	if !is64 {
		t.Skip("platform: memfs v1.0.0 crashes on 32-bit systems, for a misaligned atomic of its own")
	}
	base, err := memfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// A handle that only reads may empty its file by O_TRUNC, which is private as well.
func TestReadersMayEmptyAnImageWithoutADescriptor(t *testing.T) {
	base := memoryFS(t)
	w, err := base.Create("/file")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := New(base, &Config{Mode: ModeCopyOnWrite})
	defer m.Close()
	f, err := m.OpenFile("/file", os.O_RDONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || len(got) != 0 {
		t.Fatalf("%q, %v", got, err)
	}
	if info, err := base.Stat("/file"); err != nil || info.Size() != 7 {
		t.Fatalf("the base: %v, %v", info, err)
	}
}
