package fdlock

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"syscall"

	"github.com/absfs/shmkit/internal/mmap"
)

// Owner tells who holds a lock, as far as the kernel does.
type Owner struct {
	PID       int   // 0 where the lock belongs to a file and not to a process
	Exclusive bool  // false for a shared lock
	Off       int64 // where the conflicting range starts
	Len       int64 // its length; 0 runs to the end of any file
}

// TryLock locks n bytes of f from off on, shared or exclusive, and says whether
// it could; n of 0 means all bytes from off on. It does not block.
//
// An exclusive lock needs f open for writing, a shared one for reading. Where f
// already holds a lock on the range the kernel converts it atomically (a failed
// conversion keeps what was held), except on Windows, where the range has to be
// unlocked first. Errors are [*fs.PathError].
func TryLock(f *os.File, off, n int64, exclusive bool) (bool, error) {
	if err := check(f, off, n); err != nil {
		return false, err
	}
	var ok bool
	call := mmap.Call{Op: mmap.OpLockBytes, Name: f.Name(), Off: off, Len: n}
	err := control(f, "lock", func(fd uintptr) (err error) {
		if err := mmap.Intercept(call); err != nil {
			return err
		}
		ok, err = tryLock(fd, off, n, exclusive)
		return err
	})
	return ok, err
}

// Converts says whether [TryLock] on a range that f holds already converts the
// lock in one step.
const Converts = converts

// OwnedByFile says whether a lock belongs to the *os.File it was taken with. If
// it is false the lock belongs to the process: [Held] does not see the locks
// of other files of the same process.
const OwnedByFile = ownedByFile

// Unlock frees the range of a lock taken with [TryLock]. Unlocking a range that
// is not locked is no error, except on Windows. On Windows off and n must be those of the lock.
func Unlock(f *os.File, off, n int64) error {
	if err := check(f, off, n); err != nil {
		return err
	}
	return control(f, "unlock", func(fd uintptr) error { return unlock(fd, off, n) })
}

// Held says whether anybody else holds a lock on a byte of the range, and who.
// Locks taken with f itself do not count, except on Windows, where the
// range is tried for an instant and every lock counts. f may be open for
// reading only. The answer may be outdated when it arrives.
func Held(f *os.File, off, n int64) (held bool, by Owner, err error) {
	if err := check(f, off, n); err != nil {
		return false, Owner{}, err
	}
	call := mmap.Call{Op: mmap.OpAskBytes, Name: f.Name(), Off: off, Len: n}
	err = control(f, "getlk", func(fd uintptr) (err error) {
		if err := mmap.Intercept(call); err != nil {
			return err
		}
		held, by, err = probe(fd, off, n)
		return err
	})
	return held, by, err
}

// Process finds a process that holds the lock [Held] told of; 0 if there is
// none or the system does not say. On Linux it searches /proc.
func Process(f *os.File, lock Owner) (pid int) { return process(f, lock) }

func check(f *os.File, off, n int64) error {
	if f == nil {
		return fs.ErrInvalid
	}
	if off < 0 || n < 0 || off > math.MaxInt64-n {
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: fmt.Errorf("range %d+%d: %w", off, n, syscall.EINVAL)}
	}
	return nil
}

// control runs fn with the descriptor of f, which cannot be closed meanwhile.
func control(f *os.File, op string, fn func(fd uintptr) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return &fs.PathError{Op: op, Path: f.Name(), Err: err}
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = fn(fd) }); err != nil {
		return &fs.PathError{Op: op, Path: f.Name(), Err: fs.ErrClosed}
	}
	if inner != nil {
		return &fs.PathError{Op: op, Path: f.Name(), Err: inner}
	}
	return nil
}
