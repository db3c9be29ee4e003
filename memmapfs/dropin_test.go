package memmapfs_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// What programs written for github.com/absfs/memmapfs v1.0.0 say: this file
// compiles against either package.
var (
	_ func(absfs.FileSystem, *memmapfs.Config) *memmapfs.MemMapFS = memmapfs.New
	_ func() *memmapfs.Config                                     = memmapfs.DefaultConfig
	_ absfs.FileSystem                                            = (*memmapfs.MemMapFS)(nil)
	_ absfs.File                                                  = (*memmapfs.MappedFile)(nil)

	_ = []memmapfs.MappingMode{memmapfs.ModeReadOnly, memmapfs.ModeReadWrite, memmapfs.ModeCopyOnWrite}
	_ = []memmapfs.SyncMode{memmapfs.SyncImmediate, memmapfs.SyncPeriodic, memmapfs.SyncLazy, memmapfs.SyncNever}
	_ = memmapfs.Config{
		Mode: memmapfs.ModeReadOnly, SyncMode: memmapfs.SyncNever, SyncInterval: time.Second, MapFullFile: true, WindowSize: 1 << 20,
		Preload: true, PreloadAsync: true, PopulatePages: true, UseHugePages: true,
	}
	_ error = memmapfs.ErrNotMapped
)

func TestSourceWrittenForMemmapfsV1Works(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "data")
	writeFile(t, name, numbered(3<<20))
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []*memmapfs.Config{
		nil,
		memmapfs.DefaultConfig(),
		{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncPeriodic, SyncInterval: time.Second},
		{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncImmediate, WindowSize: 1 << 20},
		{Mode: memmapfs.ModeCopyOnWrite, SyncMode: memmapfs.SyncLazy, MapFullFile: true, PopulatePages: true},
	} {
		mfs := memmapfs.New(base, config)
		file, err := mfs.OpenFile(osfs.FromNative(name), os.O_RDWR, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		mf := file.(*memmapfs.MappedFile)
		if data := mf.Data(); data != nil && len(data) != 3<<20 {
			t.Fatalf("%d bytes of data", len(data))
		}
		for _, advise := range []func() error{mf.AdviseSequential, mf.AdviseRandom, mf.AdviseWillNeed} {
			if err := advise(); err != nil {
				t.Log(err)
			}
		}
		if _, err := mf.Seek(2<<20-3, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		p := make([]byte, 6)
		if _, err := io.ReadFull(mf, p); err != nil || string(p) != string(numbered(3 << 20)[2<<20-3:][:6]) {
			t.Fatalf("read %q, %v", p, err)
		}
		if n, err := mf.WriteAt(p, 2<<20-3); n != 6 || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
		if err := mf.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := mf.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
