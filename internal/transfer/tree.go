package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/rootfs"
	"github.com/absfs/shmkit/memmapfs"
)

// partName is the file that is being received, in the target folder itself. It
// gets its place and name when its digest is verified.
const partName = ".shmkit-transfer.part"

// ErrLink is the error of a received path that would walk through a symbolic
// link of the target folder.
var ErrLink = errors.New("transfer: a symbolic link is in the way")

// A Tree writes received entries below one folder, through memory maps.
type Tree struct {
	root *rootfs.FS
	fs   *memmapfs.MemMapFS
	good string // a folder known to be reached without links
	part absfs.File
}

// OpenTree makes dir if it is missing and opens it for writing.
func OpenTree(dir string) (*Tree, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := rootfs.Open(dir)
	if err != nil {
		return nil, err
	}
	config := memmapfs.DefaultConfig()
	config.SyncMode = memmapfs.SyncNever
	return &Tree{root: root, fs: memmapfs.New(root, config)}, nil
}

// FS is the file system the tree is written through.
func (t *Tree) FS() *memmapfs.MemMapFS { return t.fs }

// Close closes the folder; an unfinished file stays for whoever goes on.
func (t *Tree) Close() error { return errors.Join(t.closePart(), t.fs.Close(), t.root.Close()) }

// place checks a received path against the rules of the platform and against
// the links of the folder.
func (t *Tree) place(p string) (string, error) {
	if _, err := localPath(p); err != nil {
		return "", err
	}
	if strings.EqualFold(p, partName) {
		return "", fmt.Errorf("%w: path %q is the receiver's own", ErrProtocol, p)
	}
	dir := path.Dir(p)
	if dir == t.good || dir == "." {
		return "/" + p, nil
	}
	for i := range dir {
		if dir[i] == '/' {
			if err := t.noLink(dir[:i]); err != nil {
				return "", err
			}
		}
	}
	if err := t.noLink(dir); err != nil {
		return "", err
	}
	t.good = dir
	return "/" + p, nil
}

func (t *Tree) noLink(dir string) error {
	info, err := t.root.Lstat("/" + dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return &fs.PathError{Op: "write below", Path: dir, Err: ErrLink}
	}
	return nil
}

// Dir makes a folder, writable until DirEnd.
func (t *Tree) Dir(p string, mode fs.FileMode) error {
	name, err := t.place(p)
	if err != nil {
		return err
	}
	info, err := t.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t.fs.MkdirAll(name, mode|0o700)
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return &fs.PathError{Op: "mkdir", Path: p, Err: ErrLink}
	case !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: p, Err: fs.ErrExist}
	}
	return t.fs.Chmod(name, mode|0o700)
}

// DirEnd gives a folder the mode it had where it came from.
func (t *Tree) DirEnd(p string, mode fs.FileMode) error {
	name, err := t.place(p)
	if err != nil {
		return err
	}
	if info, err := t.root.Lstat(name); err != nil {
		return err
	} else if !info.IsDir() {
		return &fs.PathError{Op: "chmod", Path: p, Err: ErrLink}
	}
	return t.fs.Chmod(name, mode)
}

// Begin starts a file. Nothing appears under its own name before Place.
func (t *Tree) Begin(p string) error {
	if _, err := t.place(p); err != nil {
		return err
	}
	if err := t.Discard(); err != nil {
		return err
	}
	f, err := t.fs.OpenFile("/"+partName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	t.part = f
	return err
}

// Resume goes on with the file a former receiver began, of which have bytes
// were written. The error is fs.ErrNotExist when there is none.
func (t *Tree) Resume(have int64) error {
	f, err := t.fs.OpenFile("/"+partName, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < have {
		err = fmt.Errorf("%s has %d bytes, not the %d that were received: %w", partName, info.Size(), have, fs.ErrNotExist)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	t.part = f
	return nil
}

// Write puts a chunk into the file that was begun.
func (t *Tree) Write(data []byte, off int64) error {
	_, err := t.part.WriteAt(data, off)
	return err
}

// Place ends the file: it gets its size, mode and name.
func (t *Tree) Place(p string, size int64, mode fs.FileMode) error {
	name, err := t.place(p)
	if err != nil {
		return err
	}
	info, err := t.part.Stat()
	if err == nil && info.Size() != size {
		err = t.part.Truncate(size)
	}
	if err := errors.Join(err, t.closePart()); err != nil {
		return err
	}
	if err := t.fs.Chmod("/"+partName, mode); err != nil {
		return err
	}
	return t.fs.Rename("/"+partName, name)
}

// Placed opens a file that a former receiver finished, to be verified.
func (t *Tree) Placed(p string) (absfs.File, error) {
	name, err := t.place(p)
	if err != nil {
		return nil, err
	}
	return t.fs.Open(name)
}

// Discard forgets the file that was begun, or that a former receiver left.
func (t *Tree) Discard() error {
	err := t.closePart()
	if rerr := t.fs.Remove("/" + partName); !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}

func (t *Tree) closePart() error {
	f := t.part
	if f == nil {
		return nil
	}
	t.part = nil
	return f.Close()
}
