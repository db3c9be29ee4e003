package memmapfs_test

import (
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/absfs/absfs"
	"github.com/absfs/fstesting"
	"github.com/absfs/memfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

var _ absfs.SymlinkFileSystem = (*memmapfs.MemMapFS)(nil)

func TestTheSuiteOfAbsfsPasses(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			t.Run("osfs", func(t *testing.T) {
				fs, dir, _ := v.onDisk(t)
				suite := fstesting.Suite{FS: fs, Features: fstesting.OSFeatures(), TestDir: dir}
				suite.Run(t)
			})
			t.Run("memfs", func(t *testing.T) {
				fs, dir := v.inMemory(t)
				suite := fstesting.Suite{FS: fs, Features: fstesting.OSFeatures(), TestDir: dir}
				suite.Run(t)
			})
		})
	}
}

func TestTheWrapperSuiteOfAbsfsPasses(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			factory := func(base absfs.FileSystem) (absfs.FileSystem, error) { return v.over(t, base), nil }
			for name, base := range bases(t) {
				t.Run(name, func(t *testing.T) {
					suite := fstesting.WrapperSuite{Name: "memmapfs", BaseFS: base.fs, TestDir: base.dir, Factory: factory}
					suite.Run(t)
				})
			}
		})
	}
}

// testTree fills a directory with what TestFS shall find.
func testTree(t *testing.T) (dir string, files []string) {
	t.Helper()
	dir = t.TempDir()
	files = []string{"empty", "small", "large", "sub/inner", "sub/deeper/leaf"}
	size := 20_000
	if runtime.GOOS == "windows" {
		size = 2_000 // read byte by byte, by a system call each under copy-on-write
	}
	for i, name := range files {
		native := filepath.Join(dir, filepath.FromSlash(name))
		mkdirAll(t, filepath.Dir(native))
		writeFile(t, native, numbered(i*i*size))
	}
	return dir, files
}

func TestSubIsAnHonestFileSystem(t *testing.T) {
	native, files := testTree(t)
	for _, v := range variants() {
		if v.poor {
			continue // its files are not mapped
		}
		t.Run(v.name, func(t *testing.T) {
			fs, _, _ := v.onDisk(t)
			sub, err := fs.Sub(osfs.FromNative(native))
			if err != nil {
				t.Fatal(err)
			}
			if err := fstest.TestFS(sub, files...); err != nil {
				t.Fatal(err)
			}
			f, err := sub.Open("large")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.Stat(); err != nil {
				t.Fatal(err)
			}
			if m, ok := f.(*memmapfs.MappedFile); !ok || !m.Stats().Mapped {
				t.Fatalf("a file opened through Sub is a %T, not a mapped one", f)
			}
		})
	}
}

// base is a file system to be wrapped.
type base struct {
	fs  absfs.FileSystem
	dir string
}

func bases(t testing.TB) map[string]base {
	t.Helper()
	disk, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]base{"osfs": {disk, osfs.FromNative(t.TempDir())}}
	if bits.UintSize == 64 { // memfs v1.0.0 crashes on 32-bit systems
		memory, err := memfs.NewFS()
		if err != nil {
			t.Fatal(err)
		}
		found["memfs"] = base{memory, "/"}
	}
	return found
}

func mkdirAll(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}
