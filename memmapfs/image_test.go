package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
)

func TestNothingPrivateReachesTheBase(t *testing.T) {
	for _, content := range [][]byte{nil, pattern(100), pattern(50_000)} {
		m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
		name := filepath.Join(osfs.ToNative(dir), "file")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		intact := func(after string) {
			t.Helper()
			got, err := os.ReadFile(name)
			if err != nil || !bytes.Equal(got, content) {
				t.Fatalf("%s reached the base: %d bytes, %v", after, len(got), err)
			}
		}
		file, err := m.OpenFile(dir+"/file", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := file.(*MappedFile)
		if _, err := f.WriteAt([]byte("private"), 10); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("beyond"), 200_000); err != nil {
			t.Fatal(err)
		}
		intact("writing")
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		intact("Sync")
		if err := f.Advise(AdviceDontNeed); !errors.Is(err, errors.ErrUnsupported) {
			t.Fatalf("DontNeed: %v", err)
		}
		got := make([]byte, 7)
		if _, err := f.ReadAt(got, 10); err != nil || string(got) != "private" {
			t.Fatalf("private bytes read back as %q, %v", got, err)
		}
		other, err := m.OpenFile(dir+"/file", os.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.ReadAt(got, 10); err != nil || string(got) != "private" {
			t.Fatalf("another handle reads %q, %v", got, err)
		}
		if err := f.Truncate(3); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(100_000); err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
		if err != nil || len(all) != 100_000 || !bytes.Equal(all[3:], make([]byte, 99_997)) {
			t.Fatalf("after Truncate: %d bytes, %v", len(all), err)
		}
		intact("Truncate")
		if err := f.Discard(); err != nil {
			t.Fatal(err)
		}
		all, err = io.ReadAll(io.NewSectionReader(other, 0, 1<<20))
		if err != nil || !bytes.Equal(all, content) {
			t.Fatalf("after Discard: %d bytes, %v", len(all), err)
		}
		trunc, err := m.OpenFile(dir+"/file", os.O_RDWR|os.O_TRUNC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := trunc.Stat(); err != nil || info.Size() != 0 {
			t.Fatalf("O_TRUNC: %v, %v", info.Size(), err)
		}
		intact("O_TRUNC")
		for _, f := range []io.Closer{f, other, trunc} {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		intact("Close")
		if info, err := m.Stat(dir + "/file"); err != nil || info.Size() != 0 {
			t.Fatalf("Stat after Close: %v, %v", info.Size(), err)
		}
		if m.Stats().PrivateImages != 1 {
			t.Fatal("the image is gone")
		}
	}
}

func TestPrivateViewsShowAndMakePrivateChanges(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, os.O_RDWR, pattern(10_000))
	v, err := f.View(4000, 1000)
	if err != nil {
		t.Fatal(err)
	}
	copy(v.Bytes(), "by view")
	got := make([]byte, 7)
	if _, err := f.ReadAt(got, 4000); err != nil || string(got) != "by view" {
		t.Fatalf("read %q, %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if string(v.Bytes()[:7]) != "by view" {
		t.Fatal("Close ended the view")
	}
	v.Release()
	content, err := os.ReadFile(osfs.ToNative(f.Name()))
	if err != nil || !bytes.Equal(content, pattern(10_000)) {
		t.Fatal("a view's bytes reached the base")
	}
}
