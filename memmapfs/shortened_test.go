package memmapfs

import (
	"io"
	"os"
	"testing"

	"github.com/absfs/osfs"
)

// The last page of a file can be written behind the end of the file, and what is
// written there is lost: whoever has the file open learns that it was truncated.
func TestHandlesLearnThatTheirFileWasTruncated(t *testing.T) {
	for name, truncate := range map[string]func(m *MemMapFS, name string) error{
		"Truncate": func(m *MemMapFS, name string) error { return m.Truncate(name, 100) },
		"Truncate of a handle": func(m *MemMapFS, name string) error {
			f, err := m.OpenFile(name, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(100)
		},
		"O_TRUNC": func(m *MemMapFS, name string) error {
			f, err := m.OpenFile(name, os.O_RDWR|os.O_TRUNC, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.Write(make([]byte, 100))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := mappedFile(t, &Config{Mode: ModeReadWrite, PopulatePages: true}, os.O_RDWR, pattern(5000))
			if err := truncate(f.fs, f.Name()); err != nil {
				t.Fatal(err)
			}
			if n, err := f.ReadAt(make([]byte, 10), 200); n != 0 || err != io.EOF {
				t.Errorf("a read behind the end: %d, %v", n, err)
			}
			if _, err := f.WriteAt([]byte("kept"), 200); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(osfs.ToNative(f.Name()))
			if err != nil || len(got) != 204 || string(got[200:]) != "kept" {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
		})
	}
}
