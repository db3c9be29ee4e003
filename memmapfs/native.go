package memmapfs

import (
	"io/fs"
	"os"
	"path"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// osFile is an *os.File under the name that the wrapped file system gives it.
type osFile struct {
	*os.File
	name string
}

func (f *osFile) Name() string { return f.name }

// openBase opens name in the wrapped file system, without a detour where that
// is osfs: its files hide what they wrap.
func (m *MemMapFS) openBase(name string, flag int, perm fs.FileMode) (absfs.File, error) {
	if m.onSystem == nil {
		return m.base.OpenFile(name, flag, perm)
	}
	f, err := os.OpenFile(m.nativePath(name), flag, perm)
	if err != nil {
		return nil, err
	}
	return &osFile{File: f, name: osfs.FromNative(f.Name())}, nil
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

// reopenFlag returns the flags for opening once more what was opened with flag.
func (m *MemMapFS) reopenFlag(flag int) int {
	if m.cfg.Mode == ModeCopyOnWrite {
		return os.O_RDONLY
	}
	return flag &^ (os.O_CREATE | os.O_EXCL | os.O_TRUNC)
}

// nativeOf looks for the *os.File below a regular file, and opens the file once
// more where there is only a descriptor or a name. It returns nil when nothing
// leads to one.
func nativeOf(f absfs.File, info fs.FileInfo, flag int) (native *os.File, owned bool) {
	for range 8 { // wrappers that wrap each other end here
		switch v := f.(type) {
		case *os.File:
			return v, false
		case *osFile:
			return v.File, false
		case interface{ OSFile() *os.File }:
			return v.OSFile(), false
		case interface{ Unwrap() absfs.File }:
			f = v.Unwrap()
			continue
		case mmap.Conn:
			if g, err := mmap.DuplicateConn(v, f.Name()); err == nil {
				return g, true
			}
		case interface{ Fd() uintptr }:
			if g, err := mmap.DuplicateFd(v.Fd(), f.Name()); err == nil {
				return g, true
			}
		}
		break
	}
	return openSame(osfs.ToNative(f.Name()), info, flag)
}

// openSame opens name if it leads to the file that info describes.
func openSame(name string, info fs.FileInfo, flag int) (*os.File, bool) {
	there, err := os.Stat(name)
	if err != nil || !os.SameFile(info, there) {
		return nil, false
	}
	f, err := os.OpenFile(name, flag, 0)
	if err != nil {
		return nil, false
	}
	if there, err = f.Stat(); err != nil || !os.SameFile(info, there) {
		f.Close()
		return nil, false
	}
	return f, true
}
