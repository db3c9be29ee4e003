package memmapfs_test

import (
	"math/bits"
	"os"
	"testing"

	"github.com/absfs/absfs"
	"github.com/absfs/memfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
	"github.com/absfs/shmkit/memmapfs"
)

// variant is one way to map the files of a test.
type variant struct {
	name   string
	config memmapfs.Config
	poor   bool // no memory can be had
}

// tinyWindow is the smallest window any platform can map.
const tinyWindow = 1

// variants are every mode, whole-file and in the smallest windows.
func variants() []variant {
	modes := []struct {
		name string
		mode memmapfs.MappingMode
	}{
		{"read-write", memmapfs.ModeReadWrite},
		{"read-only", memmapfs.ModeReadOnly},
		{"copy-on-write", memmapfs.ModeCopyOnWrite},
	}
	var all []variant
	for _, m := range modes {
		all = append(all,
			variant{name: m.name + " whole", config: memmapfs.Config{Mode: m.mode, SyncMode: memmapfs.SyncNever, MapFullFile: true}},
			variant{name: m.name + " windows", config: memmapfs.Config{Mode: m.mode, SyncMode: memmapfs.SyncNever, WindowSize: tinyWindow, WindowSlide: true, MaxWindows: 2}},
		)
	}
	return append(all, variant{"copy-on-write without memory", memmapfs.Config{Mode: memmapfs.ModeCopyOnWrite, SyncMode: memmapfs.SyncNever}, true})
}

func (v variant) private() bool { return v.config.Mode == memmapfs.ModeCopyOnWrite }

// onDisk returns a file system over osfs and a directory of it, under both of
// its names.
func (v variant) onDisk(t testing.TB) (fs *memmapfs.MemMapFS, dir, native string) {
	t.Helper()
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	native = t.TempDir()
	return v.over(t, base), osfs.FromNative(native), native
}

// inMemory returns a file system over memfs, whose files have no descriptor,
// and a directory of it.
func (v variant) inMemory(t testing.TB) (fs *memmapfs.MemMapFS, dir string) {
	t.Helper()
	if bits.UintSize == 32 {
		t.Skip("platform: memfs v1.0.0 crashes on 32-bit systems, for a misaligned atomic of its own")
	}
	base, err := memfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	if err := base.MkdirAll("/work", 0o755); err != nil {
		t.Fatal(err)
	}
	return v.over(t, base), "/work"
}

func (v variant) over(t testing.TB, base absfs.FileSystem) *memmapfs.MemMapFS {
	t.Helper()
	if v.poor {
		t.Cleanup(mmap.SetHook(func(c mmap.Call) error {
			if c.Op == mmap.OpMap && c.Name != "" || c.Op == mmap.OpReserve {
				return sysx.ENOMEM
			}
			return nil
		}))
	}
	fs := memmapfs.New(base, &v.config)
	t.Cleanup(func() {
		if err := fs.Close(); err != nil {
			t.Errorf("closing the file system: %v", err)
		}
	})
	return fs
}

// writeFile fills a file of the operating system.
func writeFile(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// numbered returns n bytes that tell their place.
func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}
