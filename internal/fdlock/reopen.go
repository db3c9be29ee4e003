package fdlock

import (
	"errors"
	"io/fs"
	"os"
)

var errReplaced = errors.New("the name leads to another file")

// Reopen opens the file behind f once more for reading and writing: a new open
// file description with locks of its own, closed on exec. Where the platform
// has no direct way it goes through the name of f and makes sure that it still
// leads to the same file. Errors are [*fs.PathError].
func Reopen(f *os.File) (*os.File, error) {
	want, err := f.Stat()
	if err != nil {
		return nil, err
	}
	again, err := reopen(f)
	if err != nil {
		return nil, err
	}
	if got, err := again.Stat(); err != nil || !os.SameFile(want, got) {
		if err == nil {
			err = &fs.PathError{Op: "reopen", Path: f.Name(), Err: errReplaced}
		}
		return nil, errors.Join(err, again.Close())
	}
	return again, nil
}
