package shmfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
)

var namedDrafts atomic.Bool

// ForceNamedDrafts has every draft use a temporary name, as file systems
// without unnamed files need it. It is there for tests.
func ForceNamedDrafts(on bool) { namedDrafts.Store(on) }

// Draft is a file that nobody can find yet. Publish gives it its name;
// Discard gives it up. On Linux it has no name at all, so that the death of
// its maker leaves nothing; elsewhere it has a temporary name (see IsTemp).
type Draft struct {
	File *os.File // open for reading and writing; the caller closes it after Publish
	dir  *Dir
	temp string // the temporary name; empty when there is none
}

// Draft starts a file that is to be called name, with exactly the permission
// bits perm.
func (d *Dir) Draft(name string, perm fs.FileMode) (*Draft, error) {
	if err := before("create", name); err != nil {
		return nil, d.wrap("create", name, err)
	}
	w, err := d.os.draft(name, perm.Perm())
	if err != nil {
		return nil, d.wrap("create", name, err)
	}
	w.dir = d
	return w, nil
}

// Publish makes the draft visible as name, whole and at once. A file of that
// name is never replaced: that is fs.ErrExist. fs.ErrNotExist says that somebody
// took the draft's temporary name away. After an error the draft is still to be
// discarded.
func (w *Draft) Publish(name string) error {
	err := before("publish", name)
	if err == nil {
		err = w.dir.os.publish(w, name)
	}
	if err != nil {
		return w.dir.wrap("publish", name, err)
	}
	w.temp = ""
	return nil
}

// Discard closes the file and leaves nothing behind.
func (w *Draft) Discard() error {
	var err error
	if w.temp != "" {
		if err = w.dir.Unlink(w.temp); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		w.temp = ""
	}
	return errors.Join(err, w.File.Close())
}

func tempName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return tempPrefix + hex.EncodeToString(b[:]) + tempSuffix
}
