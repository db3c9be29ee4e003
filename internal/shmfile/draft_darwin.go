package shmfile

import (
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func (d *unixDir) draft(name string, perm fs.FileMode) (*Draft, error) {
	return d.draftNamed(name, perm)
}

func (d *unixDir) publish(w *Draft, name string) error { return d.publishNamed(w, name) }

func renameNew(_ int, dir, from, to string) error {
	return unix.RenamexNp(filepath.Join(dir, from), filepath.Join(dir, to), unix.RENAME_EXCL)
}
