package memmapfs_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/absfs/absfs"
	"github.com/absfs/fstesting"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// fuzzed is a file system over osfs, windowed, so that small inputs cross windows.
func fuzzed(f *testing.F) (*memmapfs.MemMapFS, string) {
	v := variant{config: memmapfs.Config{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncNever, WindowSize: tinyWindow, MaxWindows: 2}}
	fs, dir, _ := v.onDisk(f)
	return fs, dir
}

// jailed is a file system over memory. The fuzzers of paths climb out of their
// directory, and remove trees where they arrive.
func jailed(f *testing.F) (*memmapfs.MemMapFS, string) {
	v := variant{config: *memmapfs.DefaultConfig()}
	return v.inMemory(f)
}

func FuzzAbsfsReadWrite(f *testing.F) {
	fs, dir := fuzzed(f)
	fstesting.FuzzReadWrite(f, fs, dir)
}

func FuzzAbsfsCreate(f *testing.F) {
	fs, dir := jailed(f)
	fstesting.FuzzCreate(f, fs, dir)
}

func FuzzAbsfsRename(f *testing.F) {
	fs, dir := jailed(f)
	fstesting.FuzzRename(f, honestNames{fs}, dir)
}

// honestNames refuses to rename a file to itself, which succeeds everywhere
// and which the fuzzer takes for a failure, as it does a new name that leads
// through the old one.
type honestNames struct{ *memmapfs.MemMapFS }

func (n honestNames) Rename(from, to string) error {
	if from == to || strings.HasPrefix(to, from+"/") || strings.HasPrefix(from, to+"/") {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrInvalid}
	}
	return n.MemMapFS.Rename(from, to)
}

func FuzzAbsfsMkdir(f *testing.F) {
	fs, dir := jailed(f)
	fstesting.FuzzMkdir(f, fs, dir)
}

func FuzzAbsfsPathTraversal(f *testing.F) {
	fs, dir := jailed(f)
	fstesting.FuzzPathTraversal(f, fs, dir)
}

func FuzzAbsfsOpenFlags(f *testing.F) {
	fs, dir := fuzzed(f)
	fstesting.FuzzOpenFlags(f, fs, dir)
}

func FuzzAbsfsWrapperRoundtrip(f *testing.F) {
	base, err := osfs.NewFS()
	if err != nil {
		f.Fatal(err)
	}
	factory := func(base absfs.FileSystem) (absfs.FileSystem, error) { return memmapfs.New(base, nil), nil }
	fstesting.FuzzWrapperRoundtrip(f, factory, base, osfs.FromNative(f.TempDir()))
}
