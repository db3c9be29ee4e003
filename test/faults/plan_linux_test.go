package faults

import (
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// A plan is one way to map the files of a test.
type plan struct {
	Name   string
	Mode   memmapfs.MappingMode
	Window int64
	Sync   memmapfs.SyncMode
}

const window = 64 << 10

var plans = []plan{
	{Name: "whole", Mode: memmapfs.ModeReadWrite, Sync: memmapfs.SyncLazy},
	{Name: "windows", Mode: memmapfs.ModeReadWrite, Window: window, Sync: memmapfs.SyncLazy},
	{Name: "copy-on-write", Mode: memmapfs.ModeCopyOnWrite, Sync: memmapfs.SyncLazy},
	{Name: "copy-on-write windows", Mode: memmapfs.ModeCopyOnWrite, Window: window, Sync: memmapfs.SyncLazy},
}

// eachPlan runs test once for every way to map.
func eachPlan(t *testing.T, test func(t *testing.T, p plan)) {
	t.Helper()
	for _, p := range plans {
		t.Run(p.Name, func(t *testing.T) { test(t, p) })
	}
}

func (p plan) config() *memmapfs.Config {
	return &memmapfs.Config{
		Mode: p.Mode, SyncMode: p.Sync, WindowSize: p.Window, MapFullFile: p.Window == 0, MaxWindows: 4,
		Mapping: memmapfs.MapRequire,
	}
}

func (p plan) private() bool { return p.Mode == memmapfs.ModeCopyOnWrite }

// fs returns a file system over the operating system's.
func (p plan) fs() (*memmapfs.MemMapFS, error) {
	base, err := osfs.NewFS()
	if err != nil {
		return nil, err
	}
	return memmapfs.New(base, p.config()), nil
}

// open opens a file of the operating system through fs.
func open(fs *memmapfs.MemMapFS, name string, flag int) (*memmapfs.MappedFile, error) {
	f, err := fs.OpenFile(osfs.FromNative(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return f.(*memmapfs.MappedFile), nil
}

// numbered returns n bytes that tell their place.
func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = numberAt(i)
	}
	return b
}

func numberAt(i int) byte { return byte(i*7 + i>>8) }

func writeFile(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
