package lock

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// File is a lock on a whole file by its path: flock on Unix, LockFileEx on
// Windows. It is advisory, between processes and between the goroutines of one
// process alike, and the kernel frees it when the process dies. The file is
// created, empty and with permission 0600, if it is not there; it is never
// removed. Should somebody remove or replace it, a new lock goes to the file
// that has the name then, never to the one that vanished.
//
// The goroutines that share a File are served in the order they come. Between
// processes the kernel keeps no queue: waiters look again at growing intervals
// of up to 10 ms, and who looks first after a release wins. For order and speed
// between processes use [Mutex].
//
// Lock a file that exists for the purpose: on Windows the lock also keeps others
// from ReadFile and WriteFile on the first byte.
//
// The descriptor is closed on exec: a child does not inherit the lock. flock
// and the byte locks of [Range] do not see each other.
type File struct {
	advisory
	whole wholeFile
}

// NewFile returns a lock on the file path. Nothing is opened or locked yet.
func NewFile(path string) *File {
	f := &File{whole: wholeFile{path: path, flock: flock.New(path)}}
	f.init(&f.whole, path)
	return f
}

// Path is the path of the file.
func (f *File) Path() string { return f.whole.path }

// Lock takes the file exclusively and waits for it as long as ctx allows.
// Errors are ctx.Err() and [*fs.PathError].
func (f *File) Lock(ctx context.Context) error { return f.lock(ctx, true) }

// RLock takes the file shared and waits for it as long as ctx allows.
func (f *File) RLock(ctx context.Context) error { return f.lock(ctx, false) }

// TryLock takes the file exclusively if it is free. It does not wait.
func (f *File) TryLock() (bool, error) { return f.tryLock(true) }

// TryRLock takes the file shared if no exclusive lock is in the way. It does
// not wait.
func (f *File) TryRLock() (bool, error) { return f.tryLock(false) }

// Unlock frees what Lock, RLock, TryLock or TryRLock took. [ErrNotHeld] says
// there was nothing.
func (f *File) Unlock() error { return f.unlock() }

// Upgrade turns the shared lock the caller holds into an exclusive one and
// waits until the other readers are gone. The kernel frees the shared lock
// before it gives the exclusive one: read again what was read under the shared
// lock. When it fails with [ErrLockLost] nothing is held any more;
// [ErrDeadlock], of a second goroutine that upgrades the same File, and the
// error of a ctx that ended before the goroutines of this process were out
// leave the shared lock held.
func (f *File) Upgrade(ctx context.Context) error { return f.upgrade(ctx) }

// Downgrade turns the exclusive lock the caller holds into a shared one. With
// [ErrLockLost] another process was quicker and nothing is held any more.
func (f *File) Downgrade() error { return f.downgrade() }

// Stats returns what this lock has seen.
func (f *File) Stats() Stats { return f.snapshot() }

// wholeFile is the kernel's side of a File.
type wholeFile struct {
	path  string
	flock *flock.Flock
}

// replacements is how often in a row the file may be replaced before a try
// counts as failed.
const replacements = 5

func (w *wholeFile) try(exclusive bool) (bool, error) {
	for range replacements {
		ok, err := w.tryOnce(exclusive)
		if !ok || err != nil {
			return false, err
		}
		if current, err := w.current(); current || err != nil {
			return current, err
		}
		if err := w.free(); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (w *wholeFile) tryOnce(exclusive bool) (ok bool, err error) {
	if exclusive {
		ok, err = w.flock.TryLock()
	} else {
		ok, err = w.flock.TryRLock()
	}
	var named *fs.PathError
	if err != nil && !errors.As(err, &named) {
		err = &fs.PathError{Op: "lock", Path: w.path, Err: err}
	}
	return ok, err
}

// current says whether the locked file is still the one with the name.
func (w *wholeFile) current() (bool, error) {
	mine, err := w.flock.Stat()
	if err != nil {
		return false, w.giveUp(err)
	}
	named, err := os.Stat(w.path)
	if os.IsNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, w.giveUp(err)
	}
	return os.SameFile(mine, named), nil
}

func (w *wholeFile) giveUp(err error) error {
	_ = w.free()
	return err
}

func (w *wholeFile) free() error {
	if err := w.flock.Unlock(); err != nil {
		return &fs.PathError{Op: "unlock", Path: w.path, Err: err}
	}
	return nil
}

// convert frees the lock and takes the other kind: flock promises no more, and
// an flock that could not be converted is gone as well.
func (w *wholeFile) convert(exclusive bool) (ok, kept bool, err error) {
	if err := w.free(); err != nil {
		return false, true, err
	}
	ok, err = w.try(exclusive)
	return ok, false, err
}
