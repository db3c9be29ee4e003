package transfer

import (
	"errors"
	"io/fs"

	"github.com/absfs/shmkit/shm"
)

// Leftovers are the regions of a ring and its journal that exist.
func Leftovers(o Options) ([]string, error) {
	s := Session{opts: o}
	var names []string
	var errs []error
	for _, name := range []string{o.Ring, s.journalName()} {
		switch _, err := shm.Stat(name, s.region()); {
		case err == nil:
			names = append(names, name)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return names, errors.Join(errs...)
}

// Discard removes a ring and its journal unless somebody is attached.
func Discard(o Options) error {
	s := Session{opts: o}
	return s.Remove()
}
