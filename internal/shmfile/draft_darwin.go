package shmfile

import (
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// draft: open(2) has no O_TMPFILE, so a draft has a name until it is published.
func (d *unixDir) draft(name string, perm fs.FileMode) (*Draft, error) {
	return d.draftNamed(name, perm)
}

func (d *unixDir) publish(w *Draft, name string) error { return d.publishNamed(w, name) }

// renameNew: RENAME_EXCL of renamex_np(2) fails with EEXIST where the name is
// taken. The call knows no directory descriptor that x/sys could hand it.
func renameNew(_ int, dir, from, to string) error {
	return unix.RenamexNp(filepath.Join(dir, from), filepath.Join(dir, to), unix.RENAME_EXCL)
}
