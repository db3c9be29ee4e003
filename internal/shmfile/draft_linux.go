package shmfile

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// draft makes a file without a name where the file system can (O_TMPFILE) and
// /proc is there to link it by; otherwise a temporary name.
func (d *unixDir) draft(name string, perm fs.FileMode) (*Draft, error) {
	if namedDrafts.Load() {
		return d.draftNamed(name, perm)
	}
	f, err := openat(d.fd(), ".", filepath.Join(d.path, name), unix.O_RDWR|unix.O_TMPFILE, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT):
		return d.draftNamed(name, perm)
	case err != nil:
		return nil, err
	}
	if unix.Access(procPath(int(f.Fd())), unix.F_OK) != nil {
		_ = f.Close()
		return d.draftNamed(name, perm)
	}
	return finishDraft(&Draft{File: f}, d, perm)
}

func (d *unixDir) publish(w *Draft, name string) error {
	if w.temp != "" {
		return d.publishNamed(w, name)
	}
	_, err := retry(func() (int, error) {
		return 0, unix.Linkat(unix.AT_FDCWD, procPath(int(w.File.Fd())), d.fd(), name, unix.AT_SYMLINK_FOLLOW)
	})
	return err
}

func renameNew(dir int, _, from, to string) error {
	_, err := retry(func() (int, error) { return 0, unix.Renameat2(dir, from, dir, to, unix.RENAME_NOREPLACE) })
	return err
}

func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
