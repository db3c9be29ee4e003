package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestNothingOutsideCanBeReached(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip("platform: no symbolic links: ", err)
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"/../secret", "../x", "/link/secret", "link/new", "/a/../../x"} {
		if file, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
			file.Close()
			t.Errorf("%s was opened", name)
		}
		if err := f.Mkdir(name, 0o700); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if err := f.Rename("/link", "/../moved"); err == nil {
		t.Error("renamed to the outside")
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 1 {
		t.Errorf("outside changed: %v", entries)
	}
}

func TestFilesBehaveBelowTheFolder(t *testing.T) {
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.MkdirAll("/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Chdir("/a"); err != nil {
		t.Fatal(err)
	}
	file, err := f.Create("b/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("content")); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Truncate("/a/b/x", 4); err != nil {
		t.Error(err)
	}
	if got, err := f.ReadFile("/a/b/x"); string(got) != "cont" || err != nil {
		t.Errorf("ReadFile = %q, %v", got, err)
	}
	if _, err := f.Open("/nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of nothing: %v", err)
	}
	if entries, err := f.ReadDir("/a/b"); len(entries) != 1 || err != nil {
		t.Errorf("ReadDir = %v, %v", entries, err)
	}
}
