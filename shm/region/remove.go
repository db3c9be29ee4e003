package region

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sort"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/internal/shmfile"
)

// Remove takes the region called name away if nobody is attached to it: a living
// attachment, also a read-only one, makes it ErrInUse. A region whose header is
// damaged can be removed, a file that is no region cannot.
//
// Errors, as [*fs.PathError]: fs.ErrNotExist, ErrInUse, ErrNotRegion and its
// special cases, ErrOwner, ErrUnsafeDir, fs.ErrPermission.
func Remove(name string, o *Options) error {
	opts, err := o.resolve()
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return pathError("remove region", shown(name), err)
	}
	d, err := opts.folder()
	if err != nil {
		return err
	}
	defer d.Close()
	err = remove(d, name, &opts, wasRegion)
	if err == nil {
		totals.removed.Add(1)
		sweepBells(d)
	}
	return pathError("remove region", d.Join(name), err)
}

// wasRegion lets a region be removed, a damaged one too, but nothing that never
// was one or that cannot be read.
func wasRegion(f *os.File, st shmfile.Stat) error {
	h, err := readHeader(f, st.Size)
	switch _, refused := errors.AsType[*RefusalError](err); {
	case err == nil && h.flags&flagSnapshot != 0:
		return refuse(ErrSnapshot, "")
	case refused && !errors.Is(err, ErrNotRegion):
		return nil
	}
	return err
}

// errSpare has a removal leave the file alone.
var errSpare = errors.New("not to be removed")

// Reap removes the regions of the folder that no living process is attached to,
// and what creators that died in the middle and sleepers left behind, and returns
// the names of the regions. It leaves alone: persistent and damaged regions, those of
// other users (unless Options.AnyOwner is set), files that are no regions. With
// Options.Kind only regions of that kind are removed. An error about one file
// does not keep it from the others; the errors are joined.
func Reap(o *Options) ([]string, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, pathError("reap regions", opts.Dir, err)
	}
	d, err := opts.folder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	sweep(d, names)
	var reaped []string
	var errs []error
	for _, name := range names {
		temp := shmfile.IsTemp(name)
		if !temp && checkName(name) != nil {
			continue
		}
		err := remove(d, name, &opts, func(f *os.File, st shmfile.Stat) error {
			if temp {
				return nil
			}
			h, err := readHeader(f, st.Size)
			if err != nil || h.flags&(flagPersistent|flagSnapshot) != 0 || opts.Kind != "" && h.kind != opts.Kind {
				return errSpare
			}
			return nil
		})
		switch {
		case err == nil && !temp:
			totals.reaped.Add(1)
			opts.log(slog.LevelInfo, "region: removed what the dead left behind", name, nil)
			reaped = append(reaped, name)
		case err != nil && !spared(err):
			opts.log(slog.LevelError, "region: cannot remove what the dead left behind", name, err)
			errs = append(errs, pathError("reap region", d.Join(name), err))
		}
	}
	return reaped, errors.Join(errs...)
}

// sweepBells removes what waits for nobody where waits have bells (see
// futex.SetBell): those of sleepers that were killed.
func sweepBells(d *shmfile.Dir) {
	if !futex.HasBells {
		return
	}
	if names, err := d.Names(); err == nil {
		sweep(d, names)
	}
}

func sweep(d *shmfile.Dir, names []string) {
	for _, name := range names {
		if futex.IsBell(name) && futex.Deaf(d.Join(name)) {
			_ = d.Unlink(name) // another's, perhaps
		}
	}
}

func spared(err error) bool {
	for _, fine := range []error{errSpare, ErrInUse, ErrNotRegion, ErrOwner, fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, fine) {
			return true
		}
	}
	return false
}

// remove unlinks name under the exclusive lock, once may agrees to the file.
func remove(d *shmfile.Dir, name string, o *Options, may func(*os.File, shmfile.Stat) error) error {
	for p := newPause(); ; {
		err := removeOnce(d, name, o, may)
		if !errors.Is(err, errAgain) {
			return err
		}
		totals.retries.Add(1)
		if !p.wait() {
			return refuse(ErrInUse, "another removal does not end")
		}
	}
}

// removeOnce holds the removal lock first, so that what makes the attached lock
// fail is an attachment and never another removal. Nobody else may unlink the
// inode meanwhile and no creation replaces a name, so the name still leads to
// the locked inode when it goes.
func removeOnce(d *shmfile.Dir, name string, o *Options, may func(*os.File, shmfile.Stat) error) (err error) {
	f, st, err := openChecked(d, name, o, true)
	if err != nil {
		return err
	}
	defer f.Close()
	ok, err := fdlock.TryLock(f, lockRemoval, 1, true)
	if err != nil {
		return err
	}
	if !ok {
		return errAgain
	}
	if err := may(f, st); err != nil {
		return err
	}
	ok, err = tryBriefly(func() (bool, error) { return fdlock.TryLock(f, lockAttached, 1, true) })
	if err != nil {
		return err
	}
	if err := stillNamed(d, name, st); err != nil {
		return err
	}
	if !ok {
		n, _ := countAttached(f)
		return refuse(ErrInUse, "%d attached", n)
	}
	return d.Unlink(name)
}
