package shmfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

type winDir struct{ path string }

var _ directory = (*winDir)(nil)

func openDir(path string, _ bool) (directory, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if !fi.IsDir() {
		return nil, windows.ERROR_DIRECTORY
	}
	return &winDir{path}, nil
}

func (d *winDir) close() error { return nil }
func (d *winDir) sync() error  { return nil }

func (d *winDir) self() (Stat, error) {
	return Stat{Mode: fs.ModeDir | 0o700, UID: -1, GID: -1, Allocated: -1}, nil
}

func (d *winDir) stat(name string) (Stat, error) {
	f, err := openHandle(filepath.Join(d.path, name), 0, windows.OPEN_EXISTING)
	if err != nil {
		return Stat{}, err
	}
	defer f.Close()
	return statFile(f)
}

func (d *winDir) open(name string, writable bool) (*os.File, error) {
	access := uint32(windows.GENERIC_READ)
	if writable {
		access |= windows.GENERIC_WRITE
	}
	return openHandle(filepath.Join(d.path, name), access, windows.OPEN_EXISTING)
}

// unlink takes the name away even while handles are open: the file is deleted
// with POSIX semantics where the system knows them.
func (d *winDir) unlink(name string) error {
	return bare(os.Remove(filepath.Join(d.path, name)))
}

func (d *winDir) names() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, bare(err)
}

func (d *winDir) draft(string, fs.FileMode) (*Draft, error) {
	for {
		temp := tempName()
		f, err := openHandle(filepath.Join(d.path, temp), windows.GENERIC_READ|windows.GENERIC_WRITE, windows.CREATE_NEW)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Draft{File: f, temp: temp}, nil
	}
}

func (d *winDir) publish(w *Draft, name string) error {
	from, err := windows.UTF16PtrFromString(filepath.Join(d.path, w.temp))
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(filepath.Join(d.path, name))
	if err != nil {
		return err
	}
	if deleted(windows.Handle(w.File.Fd())) {
		return windows.ERROR_FILE_NOT_FOUND
	}
	return windows.MoveFileEx(from, to, 0)
}

// deleted reports whether the file's name goes with its last handle.
func deleted(h windows.Handle) bool {
	var info struct {
		allocated, end int64
		links          uint32
		pending, dir   uint8
	}
	buf := (*byte)(unsafe.Pointer(&info))
	err := windows.GetFileInformationByHandleEx(h, windows.FileStandardInfo, buf, uint32(unsafe.Sizeof(info)))
	return err == nil && (info.pending != 0 || info.links == 0)
}

// deletionLimit bounds the wait for a file that is being deleted to be gone.
const deletionLimit = 2 * time.Second

// openHandle opens path without following a reparse point and lets others
// read, write, rename and delete the file. A file whose deletion is under way
// answers "access denied" until its last handle is closed: that is waited for.
func openHandle(path string, access, disposition uint32) (*os.File, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const flags = windows.FILE_ATTRIBUTE_NORMAL | windows.FILE_FLAG_OPEN_REPARSE_POINT | windows.FILE_FLAG_BACKUP_SEMANTICS
	for until := time.Now().Add(deletionLimit); ; {
		h, err := windows.CreateFile(p, access, shareAll, nil, disposition, flags, 0)
		if err == nil {
			return os.NewFile(uintptr(h), path), nil
		}
		if !goingAway(p, err) || time.Now().After(until) {
			return nil, err
		}
		time.Sleep(time.Millisecond)
	}
}

// goingAway tells a file that is being deleted from one that may not be opened:
// the latter still shows its attributes.
func goingAway(path *uint16, err error) bool {
	if err == windows.ERROR_DELETE_PENDING {
		return true
	}
	_, attributes := windows.GetFileAttributes(path)
	return err == windows.ERROR_ACCESS_DENIED && attributes == windows.ERROR_ACCESS_DENIED
}

func statFile(f *os.File) (Stat, error) {
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info); err != nil {
		return Stat{}, err
	}
	mode := fs.FileMode(0o600)
	switch {
	case info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0:
		mode |= fs.ModeSymlink
	case info.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0:
		mode |= fs.ModeDir
	}
	return Stat{
		Mode: mode, Size: int64(info.FileSizeHigh)<<32 | int64(info.FileSizeLow),
		Allocated: -1, UID: -1, GID: -1, Links: uint64(info.NumberOfLinks),
		id: identify(windows.Handle(f.Fd()), &info),
	}, nil
}

// identify prefers the 128-bit identity, the only one ReFS has, to the 64-bit
// one. Both are compared within one folder, so the volume adds nothing.
func identify(h windows.Handle, info *windows.ByHandleFileInformation) fileID {
	var id struct {
		volume    uint64
		low, high uint64
	}
	buf := (*byte)(unsafe.Pointer(&id))
	if windows.GetFileInformationByHandleEx(h, windows.FileIdInfo, buf, uint32(unsafe.Sizeof(id))) == nil {
		return fileID{id.high, id.low}
	}
	return fileID{index: uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}
}

func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func statPath(path string) (Stat, error) {
	d := winDir{filepath.Dir(path)}
	return d.stat(filepath.Base(path))
}
