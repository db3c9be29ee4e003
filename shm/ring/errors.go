package ring

import (
	"errors"

	"github.com/absfs/shmkit/shm/region"
)

var (
	// ErrFull is what TrySend returns when there is no space.
	ErrFull = errors.New("ring: full")
	// ErrEmpty is what TryReceive returns when there is no record.
	ErrEmpty = errors.New("ring: empty")
	// ErrBusy says that a living process has the seat.
	ErrBusy = errors.New("ring: the seat is taken by a living process; one producer and one consumer at a time")
	// ErrTooLarge says that a record could never fit. The longest is half the capacity
	// less 8 bytes, or less 16 where the producer overwrites.
	ErrTooLarge = errors.New("ring: the record is too large; make a ring of more capacity or send it in pieces")
	// ErrPeerDead says that the other side died without closing.
	ErrPeerDead = errors.New("ring: the other side died")
	// ErrUnlinked says, to a side that waits, that somebody removed or replaced the
	// ring's file: no other process will ever find it. Two sides that have it
	// already can go on; waiting again says it again.
	ErrUnlinked = region.ErrUnlinked
	// ErrCorrupt says that shared memory holds what no correct peer writes. The
	// handle is of no use any more.
	ErrCorrupt = errors.New("ring: corrupt; remove the ring and make it anew")
	// ErrTakenOver says that another process took the seat over; nothing of the
	// operation was done.
	ErrTakenOver = errors.New("ring: another process has taken over")
	// ErrClosed says that this handle was closed.
	ErrClosed = errors.New("ring: closed")
	// ErrVersion says that the ring was made by another version of the format.
	ErrVersion = errors.New("ring: made by another version of the format; update the older side")
	// ErrReserved says that a reservation is open and has to be ended first.
	ErrReserved = errors.New("ring: a reservation is open: Commit or Abort first")
	// ErrNotReserved says that Commit had nothing to commit.
	ErrNotReserved = errors.New("ring: nothing is reserved")
	// ErrCapacity says that Options.Capacity is no size a ring can have.
	ErrCapacity = errors.New("ring: capacity must lie between 4 KiB and 256 GiB")
)
