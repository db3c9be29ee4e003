package region

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
)

// Seats is how many seats a region has.
const Seats = seatCount

// TakeSeat takes seat i of [0, Seats) for this attachment. The kernel holds it:
// it is free again as soon as the attachment is closed or its process is dead.
// Errors: ErrBusy when a living attachment, this one included, has it,
// ErrReadOnly, fs.ErrClosed, fs.ErrInvalid for a bad i. It does not wait.
func (r *Region) TakeSeat(i int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkSeat(i); err != nil {
		return pathError("take seat", r.label(), err)
	}
	if r.opts.ReadOnly {
		return pathError("take seat", r.label(), ErrReadOnly)
	}
	if r.seats&(1<<i) != 0 {
		return pathError("take seat", r.label(), refuse(ErrBusy, "seat %d is this attachment's", i))
	}
	ok, err := tryBriefly(func() (bool, error) { return fdlock.TryLock(r.lock, lockSeats+int64(i), 1, true) })
	if err == nil && !ok {
		err = refuse(ErrBusy, "seat %d", i)
	}
	if err != nil {
		return pathError("take seat", r.label(), err)
	}
	r.seats |= 1 << i
	if err := r.writeSlot(); err != nil {
		r.seats &^= 1 << i
		return pathError("take seat", r.label(), errors.Join(err, fdlock.Unlock(r.lock, lockSeats+int64(i), 1)))
	}
	return nil
}

// LeaveSeat gives seat i back. Leaving a seat this attachment does not hold, or
// after Close, does nothing.
func (r *Region) LeaveSeat(i int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() || i < 0 || i >= Seats || r.seats&(1<<i) == 0 {
		return nil
	}
	r.seats &^= 1 << i
	return pathError("leave seat", r.label(), errors.Join(r.writeSlot(), fdlock.Unlock(r.lock, lockSeats+int64(i), 1)))
}

// SeatHeld reports whether a living attachment, this one included, holds seat i.
// The death of a holder is seen at once. Errors: fs.ErrClosed, fs.ErrInvalid.
func (r *Region) SeatHeld(i int) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkSeat(i); err != nil {
		return false, pathError("look at seat", r.label(), err)
	}
	if r.seats&(1<<i) != 0 {
		return true, nil
	}
	held, _, err := fdlock.Held(r.lock, lockSeats+int64(i), 1)
	return held, pathError("look at seat", r.label(), err)
}

func (r *Region) checkSeat(i int) error {
	if i < 0 || i >= Seats {
		return fmt.Errorf("seat %d of %d: %w", i, Seats, fs.ErrInvalid)
	}
	if r.closed.Load() {
		return fs.ErrClosed
	}
	return nil
}

// tryBriefly tries a lock a few times: on Windows whoever looks whether a byte
// is locked has to lock it for an instant.
func tryBriefly(try func() (bool, error)) (bool, error) {
	const tries = 4
	for i := 1; ; i++ {
		ok, err := try()
		if ok || err != nil || i == tries {
			return ok, err
		}
		time.Sleep(time.Duration(i) * 50 * time.Microsecond)
	}
}
