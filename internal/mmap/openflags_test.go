package mmap_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

func TestAccessOfIsWhatAFileWasOpenedFor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[int]mmap.Access{
		os.O_RDONLY:               {Read: true},
		os.O_WRONLY:               {Write: true},
		os.O_RDWR:                 {Read: true, Write: true},
		os.O_WRONLY | os.O_APPEND: {Write: true, Append: true},
		os.O_RDWR | os.O_APPEND:   {Read: true, Write: true, Append: true},
	} {
		f, err := os.OpenFile(name, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := mmap.AccessOf(f)
		if !ok {
			t.Skip("platform: a descriptor does not tell")
		}
		if got != want {
			t.Errorf("opened with %#x: %+v", flag, got)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got, ok := mmap.AccessOf(f); ok {
			t.Errorf("closed: %+v", got)
		}
	}
}
