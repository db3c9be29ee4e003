//go:build !(linux || darwin || freebsd || netbsd || dragonfly || windows)

package memmapfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
)

// TestWithoutMapsFilesArePlain runs where files cannot be mapped.
func TestWithoutMapsFilesArePlain(t *testing.T) {
	m, dir := newFS(t, nil)
	f, err := m.Create(dir + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.Write([]byte("hello")); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	p := make([]byte, 5)
	if n, err := f.ReadAt(p, 0); n != 5 || err != nil || string(p) != "hello" {
		t.Fatalf("%d %q %v", n, p, err)
	}
	if err := errors.Join(f.Truncate(2), f.Sync()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(osfs.ToNative(f.Name())); string(got) != "he" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
	if s := f.(*MappedFile).Stats(); s.Mapped || s.Why == "" {
		t.Fatalf("mapped %v, why %q", s.Mapped, s.Why)
	}
	required, _ := newFS(t, &Config{Mode: ModeReadWrite, Mapping: MapRequire})
	if _, err := required.Open(f.Name()); !errors.Is(err, ErrNotMappable) || !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("MapRequire: %v", err)
	}
}

func TestWithoutMapsPrivateWritesStayPrivate(t *testing.T) {
	m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
	native := filepath.Join(osfs.ToNative(dir), "file")
	if err := os.WriteFile(native, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("AF"), 0); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 6)
	if _, err := f.ReadAt(p, 0); err != nil || string(p) != "AFfore" {
		t.Fatalf("%q %v", p, err)
	}
	if got, err := os.ReadFile(native); string(got) != "before" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
}
