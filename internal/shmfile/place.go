package shmfile

import (
	"os"
	"path/filepath"
	"strconv"
)

// DefaultDir is where regions live unless told otherwise, and whether that
// folder belongs to this user alone (and is to be opened as private):
// /dev/shm on Linux, a folder of the user under [os.TempDir] elsewhere and
// where /dev/shm is missing.
func DefaultDir() (path string, private bool) {
	if path, ok := systemDir(); ok {
		return path, false
	}
	name := "shmkit"
	if uid := os.Geteuid(); uid >= 0 {
		name += "-" + strconv.Itoa(uid)
	}
	return filepath.Join(os.TempDir(), name), true
}

// Reopen gives a descriptor of its own, one that shares neither locks nor
// position, of the file behind f. path is where the file had its name and may
// be empty for one that has none. Errors: errors.ErrUnsupported where the
// platform has no way, fs.ErrNotExist where path leads to another file by now.
func Reopen(f *os.File, path string, writable bool) (*os.File, error) {
	if err := before("reopen", f.Name()); err != nil {
		return nil, err
	}
	return reopen(f, path, writable)
}

// byPath is Reopen for platforms that find an open file by its name alone.
func byPath(f *os.File, path string, writable bool) (*os.File, error) {
	if path == "" {
		return nil, os.ErrNotExist
	}
	d, err := OpenDir(filepath.Dir(path), false)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	again, err := d.Open(filepath.Base(path), writable)
	if err != nil {
		return nil, err
	}
	was, err := StatFile(f)
	if err == nil {
		var is Stat
		if is, err = StatFile(again); err == nil && !is.Same(was) {
			err = d.wrap("reopen", filepath.Base(path), os.ErrNotExist)
		}
	}
	if err != nil {
		_ = again.Close()
		return nil, err
	}
	return again, nil
}
