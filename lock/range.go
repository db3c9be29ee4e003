package lock

import (
	"context"
	"os"

	"github.com/absfs/shmkit/internal/fdlock"
)

// Range is a kernel lock on a range of bytes of an open file, shared or
// exclusive. It is advisory: it binds those who lock the same bytes, and
// nobody's reads or writes (on Windows it also keeps others from ReadFile and
// WriteFile on the bytes; choose bytes beyond the data). The kernel frees it
// when the process dies.
//
// It belongs to the open file (an open file description lock on Linux and
// macOS, a LockFileEx range on Windows): files opened separately exclude each
// other, in one process too; closing another descriptor of the file frees
// nothing; a child that inherits the descriptor holds the lock as well, across
// exec, until the last copy is closed. On other Unixes it belongs to the
// process, and closing any descriptor of the file frees it.
//
// The goroutines that share a Range are served in the order they come. Between
// processes the kernel keeps no queue: waiters look again at growing intervals
// of up to 10 ms, and who looks first after a release wins. For order and speed
// between processes use [Mutex].
//
// Two overlapping Ranges on one *os.File do not exclude each other, and freeing
// one frees the bytes of both: the kernel keeps one lock per byte and file.
type Range struct {
	advisory
	bytes byteRange
}

// NewRange returns a lock on n bytes of f from off on; n of 0 means all bytes
// from off on. The bytes may lie beyond the end of the file. f must stay open
// as long as the lock is used and be open for writing for exclusive locks, for
// reading for shared ones. Nothing is locked yet.
func NewRange(f *os.File, off, n int64) *Range {
	r := &Range{bytes: byteRange{f, off, n}}
	name := ""
	if f != nil {
		name = f.Name()
	}
	r.init(&r.bytes, name)
	return r
}

// Lock takes the range exclusively and waits for it as long as ctx allows.
// Errors are ctx.Err() and [*fs.PathError].
func (r *Range) Lock(ctx context.Context) error { return r.lock(ctx, true) }

// RLock takes the range shared and waits for it as long as ctx allows.
func (r *Range) RLock(ctx context.Context) error { return r.lock(ctx, false) }

// TryLock takes the range exclusively if it is free. It does not block.
func (r *Range) TryLock() (bool, error) { return r.tryLock(true) }

// TryRLock takes the range shared if no exclusive lock is in the way. It does
// not block.
func (r *Range) TryRLock() (bool, error) { return r.tryLock(false) }

// Unlock frees what Lock, RLock, TryLock or TryRLock took. [ErrNotHeld] says
// there was nothing.
func (r *Range) Unlock() error { return r.unlock() }

// Upgrade turns the shared lock the caller holds into an exclusive one and
// waits until the other readers are gone. On Linux and macOS nobody else can
// have written in between, and when it fails the shared lock is kept. On
// Windows the lock is freed and taken anew: read again what was read, and when
// it fails the error is [ErrLockLost] and nothing is held. [ErrDeadlock] says
// that another goroutine of this process is upgrading the same Range; two
// processes that upgrade wait for each other until a context ends.
func (r *Range) Upgrade(ctx context.Context) error { return r.upgrade(ctx) }

// Downgrade turns the exclusive lock the caller holds into a shared one.
func (r *Range) Downgrade() error { return r.downgrade() }

// Stats returns what this lock has seen.
func (r *Range) Stats() Stats { return r.snapshot() }

// Holder tells who is in the way of a lock, as far as the kernel says.
type Holder struct {
	PID       int   // a process that holds the lock; 0 if the kernel does not say
	Exclusive bool  // false for a shared lock
	Off, Len  int64 // the bytes locked; Len of 0 is all from Off on
}

// Conflict says whether anybody else holds a lock on bytes of the range, and
// who. Locks taken with the same *os.File do not count (on Windows they do).
// The answer may be outdated when it arrives. It does not wait, but on Linux it
// searches /proc for the process, which takes milliseconds on a busy machine and
// finds only processes the caller may look into. macOS and Windows do not tell
// the process.
func (r *Range) Conflict() (Holder, bool, error) {
	found, by, err := fdlock.Held(r.bytes.file, r.bytes.off, r.bytes.n)
	if found && by.PID == 0 {
		by.PID = fdlock.Process(r.bytes.file, by)
	}
	return Holder{by.PID, by.Exclusive, by.Off, by.Len}, found, err
}

// byteRange is the kernel's side of a Range.
type byteRange struct {
	file   *os.File
	off, n int64
}

func (b *byteRange) try(exclusive bool) (bool, error) {
	return fdlock.TryLock(b.file, b.off, b.n, exclusive)
}

func (b *byteRange) free() error { return fdlock.Unlock(b.file, b.off, b.n) }

func (b *byteRange) convert(exclusive bool) (ok, kept bool, err error) {
	if !fdlock.Converts {
		if err := b.free(); err != nil {
			return false, true, err
		}
	}
	ok, err = b.try(exclusive)
	return ok, ok || fdlock.Converts, err
}
