//go:build freebsd || netbsd || openbsd || dragonfly

package shmfile

import (
	"errors"
	"io/fs"
)

func (d *unixDir) draft(name string, perm fs.FileMode) (*Draft, error) {
	return d.draftNamed(name, perm)
}

func (d *unixDir) publish(w *Draft, name string) error { return d.publishNamed(w, name) }

func renameNew(int, string, string, string) error { return errors.ErrUnsupported }
