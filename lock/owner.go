package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/fdlock"
)

// ownerBase is where the identity bytes of owners lie in a file: far beyond
// any data, so that the locks on them meet neither reads nor other ranges.
const ownerBase = 1 << 60

// Owner is what the locks in shared memory know a process by: a random number
// and a kernel lock on the byte of that number in a file all the processes
// share. The kernel frees the byte when the process dies, however it dies, and
// that is how the others learn of it; no process id is involved, so containers,
// zombies and reused ids do not matter.
//
// One Owner serves any number of locks and goroutines. A nil *Owner is legal
// and stands for a lock used by the goroutines of one process only: nobody's
// death is detected, and no other process may use the same words.
type Owner struct {
	id      uint32
	file    *os.File
	private bool // file is ours to close
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// localID is the identity behind a nil *Owner.
const localID = 1

// NewOwner makes an identity on f, a file opened for writing; usually it is
// the file the locks' memory is mapped from, and it must be the same file in
// every process. f is opened anew, with close-on-exec, so that a child which
// inherits f does not keep a dead owner alive; f may be closed afterwards.
// Where the file cannot be opened anew (a deleted file without /proc), f
// itself is used: then it must stay open, and the death of a process is seen
// when the last process that inherited f is gone.
//
// Where kernel locks belong to the process and not to the open file (Unixes
// other than Linux and macOS) nobody's death is detected either.
//
// An Owner that becomes unreachable is closed by the runtime.
func NewOwner(f *os.File) (*Owner, error) {
	if f == nil {
		return nil, fmt.Errorf("lock: new owner: %w", fs.ErrInvalid)
	}
	o := &Owner{file: f}
	if own, err := fdlock.Reopen(f); err == nil {
		o.file, o.private = own, true
	}
	if err := o.pick(); err != nil {
		if o.private {
			err = errors.Join(err, o.file.Close())
		}
		return nil, fmt.Errorf("lock: new owner: %w", err)
	}
	o.cleanup = runtime.AddCleanup(o, func(d drop) { _ = d.run() }, o.drop())
	return o, nil
}

// pick takes a number nobody has. Two in 2^28 collide rarely; that all tries do
// means that somebody locks the bytes of all numbers.
func (o *Owner) pick() error {
	for range 100 {
		o.id = localID + 1 + rand.Uint32N(goneForGood-localID-1)
		ok, err := fdlock.TryLock(o.file, ownerBase+int64(o.id), 1, true)
		if ok || err != nil {
			return err
		}
	}
	return &fs.PathError{Op: "lock", Path: o.file.Name(), Err: errNoNumber}
}

var errNoNumber = errors.New("no owner number is free: another program locks the whole file")

// Close gives the identity up. Locks still held under it count as those of a
// dead owner; locks made with it must not be used any more.
func (o *Owner) Close() error {
	if o == nil || o.closed.Swap(true) {
		return nil
	}
	o.cleanup.Stop()
	return o.drop().run()
}

func (o *Owner) drop() drop { return drop{o.file, o.id, o.private} }

// drop is what remains to be done when an identity ends.
type drop struct {
	file    *os.File
	id      uint32
	private bool
}

func (d drop) run() error {
	if d.private {
		return d.file.Close()
	}
	return fdlock.Unlock(d.file, ownerBase+int64(d.id), 1)
}

// ident is the number a new lock takes; nobody if the owner is closed.
func (o *Owner) ident() uint32 {
	switch {
	case o == nil:
		return localID
	case o.closed.Load():
		return nobody
	default:
		return o.id
	}
}

// dead says whether the owner with the given number is gone for certain. A
// question the kernel does not answer counts as alive, and so does every owner
// where the byte could be freed by closing another descriptor of the file.
func (o *Owner) dead(id uint32) bool {
	if o == nil || !fdlock.OwnedByFile || id == o.id || id == nobody || id == goneForGood {
		return false
	}
	held, _, err := fdlock.Held(o.file, ownerBase+int64(id), 1)
	return err == nil && !held
}
