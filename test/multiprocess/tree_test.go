package multiprocess

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// makeTree writes a tree with the shapes that matter and one file of big bytes.
func makeTree(t *testing.T, big int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	source := rand.NewChaCha8([32]byte{1})
	rng := rand.New(source)
	put := func(name string, size int, mode fs.FileMode) {
		t.Helper()
		data := make([]byte, size)
		source.Read(data)
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	put("a/empty", 0, 0o644)
	put("a/one", 1, 0o444)
	put("a/page", 4096, 0o755)
	put("a/page and one", 4097, 0o640)
	put("b/c/d/deep.txt", 300, 0o644)
	put("ümlaut/日本", 12, 0o644)
	for i := range 40 {
		put(fmt.Sprintf("many/%02d", i), rng.IntN(20_000), 0o644)
	}
	put("z-big", big, 0o644)
	for _, d := range []string{"empty", "many/none"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(filepath.Join(dir, "b/c"), 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(filepath.Join(dir, "b/c"), 0o755) })
	}
	return dir
}

// sameTrees fails the test unless both trees have the same names, modes and bytes.
func sameTrees(t *testing.T, want, got string) {
	t.Helper()
	a, b := listTree(t, want), listTree(t, got)
	for name, info := range a {
		other, ok := b[name]
		switch {
		case !ok:
			t.Errorf("%s did not arrive", name)
		case info.Mode() != other.Mode():
			t.Errorf("%s has mode %v, want %v", name, other.Mode(), info.Mode())
		case info.Mode().IsRegular() && !bytes.Equal(read(t, want, name), read(t, got, name)):
			t.Errorf("%s arrived with other bytes", name)
		}
	}
	for name := range b {
		if a[name] == nil {
			t.Errorf("%s was never sent", name)
		}
	}
}

func listTree(t *testing.T, dir string) map[string]fs.FileInfo {
	t.Helper()
	all := make(map[string]fs.FileInfo)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		all[path[len(dir)+1:]] = info
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
