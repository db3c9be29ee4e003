package memmapfs

import (
	"io/fs"
	"os"
	"path"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
)

// osFile is an *os.File under the name that the wrapped file system gives it.
type osFile struct {
	*os.File
	name string
}

func (f *osFile) Name() string { return f.name }

// openBase opens name in the wrapped file system and finds the *os.File below
// it, which is nil when there is none.
func (m *MemMapFS) openBase(name string, flag int, perm fs.FileMode) (absfs.File, *os.File, error) {
	if m.onSystem != nil {
		f, err := os.OpenFile(m.nativePath(name), flag, perm)
		if err != nil {
			return nil, nil, err
		}
		return &osFile{File: f, name: osfs.FromNative(f.Name())}, f, nil
	}
	f, err := m.base.OpenFile(name, flag, perm)
	if err != nil {
		return nil, nil, err
	}
	return f, nativeOf(f), nil
}

// nativePath resolves name as osfs does: against its own working directory,
// and on Windows against that directory's drive.
func (m *MemMapFS) nativePath(name string) string {
	cwd, _ := m.onSystem.Getwd()
	switch {
	case name == "":
		name = cwd
	case !path.IsAbs(name):
		name = path.Join(cwd, name)
	case osfs.GetDrive(name) == "" && osfs.GetDrive(cwd) != "":
		name = osfs.SetDrive(name, osfs.GetDrive(cwd))
	}
	return osfs.ToNative(name)
}

// nativeOf looks for the *os.File below f: f may be one, wrap one, or be an
// osfs file in the coat of another file system. It returns nil when it finds none.
func nativeOf(f absfs.File) *os.File {
	for range 8 {
		switch v := any(f).(type) {
		case *os.File:
			return v
		case *osFile:
			return v.File
		case interface{ OSFile() *os.File }:
			return v.OSFile()
		case interface{ Unwrap() absfs.File }:
			f = v.Unwrap()
		case *osfs.File:
			return nil
		default:
			return nil
		}
	}
	return nil
}
