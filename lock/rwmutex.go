package lock

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/futex"
)

const (
	// RWMutexSize is how many bytes of shared memory an [RWMutex] takes.
	RWMutexSize = 64
	// MaxReaders is how many handles may hold an [RWMutex] for reading at once.
	// The goroutines that share a handle count as one.
	MaxReaders = (RWMutexSize - MutexSize) / 4
)

// RWMutex is a readers-writer lock in memory shared between processes. Up to
// [MaxReaders] handles, each with any number of goroutines, read at once; one
// more waits until another leaves. A writer is alone.
//
// Neither side starves: a writer that waits keeps new readers out, and readers
// that wait queue up with the writers as equals.
//
// The memory starts with a [Mutex], which a writer holds and a reader that had
// to wait holds for an instant; then comes one word for each reading handle,
// with the number of its [Owner]. Zeroed memory is a free lock. A reader that died
// is cleared away by the next writer and leaves no doubt, since readers change
// nothing. What [Mutex] says about handles, hostile words and concurrency holds
// here too. As with sync.RWMutex, who reads must not lock for reading again: a
// writer that came in between makes that a deadlock.
type RWMutex struct {
	writer Mutex
	seats  []uint32 // shared: the owners that read

	mu      sync.Mutex
	readers int // goroutines of this handle that read
	seat    int // the seat they sit on
}

// RWMutexAt gives a handle on the lock in the first [RWMutexSize] bytes of mem,
// aligned to 4 bytes, better to 64. See [MutexAt] for owner.
func RWMutexAt(mem []byte, owner *Owner) (*RWMutex, error) {
	w, err := words("rwmutex", mem, RWMutexSize/4)
	if err != nil {
		return nil, err
	}
	rw := &RWMutex{seats: w[MutexSize/4:]}
	if err := rw.writer.init(w, owner); err != nil {
		return nil, err
	}
	return rw, nil
}

// Lock takes the lock for writing and waits for it as long as ctx allows. Its
// errors are those of [Mutex.Lock]; with [ErrOwnerDied] the caller holds it.
func (rw *RWMutex) Lock(ctx context.Context) error {
	return guarded(func() error { return rw.lock(ctx) })
}

func (rw *RWMutex) lock(ctx context.Context) error {
	var w wait
	err := rw.writer.lockAs(ctx, light, &w)
	if held(err) {
		if end := rw.drain(ctx, &w); end != nil {
			_ = rw.writer.release()
			err = end
		}
	}
	rw.writer.ended(&w, err)
	if held(err) {
		rw.writer.touch()
		rw.writer.got(err)
	}
	return err
}

// TryLock takes the lock for writing if nobody living holds it. It never
// sleeps, see [Mutex.TryLock].
func (rw *RWMutex) TryLock() (ok bool, err error) {
	err = guarded(func() (err error) { ok, err = rw.tryLock(); return err })
	return ok, err
}

func (rw *RWMutex) tryLock() (bool, error) {
	ok, err := rw.writer.try(light)
	if !ok {
		return false, err
	}
	for i := range rw.seats {
		if !rw.empty(i) {
			return false, rw.writer.release()
		}
	}
	rw.writer.touch()
	rw.writer.got(err)
	return true, err
}

// Unlock gives back what Lock or TryLock took, see [Mutex.Unlock].
func (rw *RWMutex) Unlock() error { return rw.writer.Unlock() }

// RLock takes the lock for reading and waits for it as long as ctx allows.
// Unlike with Lock, the caller does not hold it after [ErrOwnerDied]: a writer
// died, and only a writer can repair the data and call Recover.
func (rw *RWMutex) RLock(ctx context.Context) error {
	return guarded(func() error { return rw.rlock(ctx) })
}

func (rw *RWMutex) rlock(ctx context.Context) error {
	if rw.join() {
		return nil
	}
	var w wait
	err := rw.writer.lockAs(ctx, light, &w)
	if held(err) {
		if err == nil {
			err = rw.sit(ctx, &w)
		}
		_ = rw.writer.release()
	}
	rw.writer.ended(&w, err)
	return err
}

// TryRLock takes the lock for reading if no writer holds it or waits for it and
// a seat is free. It never sleeps.
func (rw *RWMutex) TryRLock() (ok bool, err error) {
	err = guarded(func() (err error) { ok, err = rw.tryRLock(); return err })
	return ok, err
}

func (rw *RWMutex) tryRLock() (bool, error) {
	if rw.join() {
		return true, nil
	}
	ok, err := rw.writer.try(light)
	if !ok {
		return false, err
	}
	if err == nil {
		ok = rw.trySit(true)
	}
	_ = rw.writer.release()
	return ok && err == nil, err
}

// RUnlock gives back what RLock or TryRLock took. [ErrNotHeld] says that no
// goroutine of this handle reads. It never blocks.
func (rw *RWMutex) RUnlock() error {
	return guarded(func() error { return rw.runlock() })
}

func (rw *RWMutex) runlock() error {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if rw.readers == 0 {
		return ErrNotHeld
	}
	rw.writer.sync.release()
	if rw.readers--; rw.readers == 0 {
		rw.rise()
	}
	return nil
}

// Recover declares the data consistent again, see [Mutex.Recover]. The caller
// holds the lock for writing.
func (rw *RWMutex) Recover() error { return rw.writer.Recover() }

// Abandon gives the lock up for good, see [Mutex.Abandon]. The caller held it
// for writing.
func (rw *RWMutex) Abandon() error { return rw.writer.Abandon() }

// Stats returns what this handle has seen. Acquisitions are those for reading
// and for writing; only the holds of writers are timed.
func (rw *RWMutex) Stats() Stats { return rw.writer.snapshot() }

// join takes the lock for reading if nobody writes, waits or died.
func (rw *RWMutex) join() bool {
	if atomic.LoadUint32(rw.writer.word)&^waiting != nobody {
		return false
	}
	return rw.trySit(false)
}

// trySit seats one more reader of this handle. Who does not own the writer's
// lock sits down first and then looks whether a writer came: the writer takes
// its lock first and looks at the seats then, so one of them sees the other.
func (rw *RWMutex) trySit(ownsWriter bool) bool {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if rw.readers == 0 && !rw.takeSeat(ownsWriter) {
		return false
	}
	if !ownsWriter && atomic.LoadUint32(rw.writer.word)&^waiting != nobody {
		if rw.readers == 0 {
			rw.rise()
		}
		return false
	}
	rw.readers++
	rw.writer.took(nil)
	rw.writer.sync.acquire()
	return true
}

// takeSeat writes this handle's owner on a free seat; reclaim includes those of
// the dead.
func (rw *RWMutex) takeSeat(reclaim bool) bool {
	for i := range rw.seats {
		if atomic.LoadUint32(&rw.seats[i]) != nobody && !(reclaim && rw.empty(i)) {
			continue
		}
		if atomic.CompareAndSwapUint32(&rw.seats[i], nobody, rw.writer.id) {
			rw.seat = i
			return true
		}
	}
	return false
}

// sit waits for a seat, with the writer's lock held.
func (rw *RWMutex) sit(ctx context.Context, w *wait) error {
	for !rw.trySit(true) {
		w.begin()
		seat := &rw.seats[0]
		err := futex.Wait(ctx, seat, atomic.LoadUint32(seat), patience)
		if err != nil && err != futex.ErrTimeout {
			return err
		}
	}
	return nil
}

// rise clears the seat of this handle and wakes a writer that waits for it.
func (rw *RWMutex) rise() {
	seat := &rw.seats[rw.seat]
	atomic.CompareAndSwapUint32(seat, rw.writer.id, nobody)
	if atomic.LoadUint32(rw.writer.word)&ownerMask != nobody {
		futex.Wake(seat, futex.All)
	}
}

// drain waits until nobody reads, with the writer's lock held.
func (rw *RWMutex) drain(ctx context.Context, w *wait) error {
	for i := range rw.seats {
		nap := patience
		for {
			owner := atomic.LoadUint32(&rw.seats[i])
			if owner == nobody {
				break
			}
			w.begin()
			err := futex.Wait(ctx, &rw.seats[i], owner, nap)
			if err != nil && err != futex.ErrTimeout {
				return err
			}
			if err != nil && rw.empty(i) {
				break
			}
			nap = checkup
		}
	}
	return nil
}

// empty says whether nobody living sits on seat i, and clears the dead away.
func (rw *RWMutex) empty(i int) bool {
	owner := atomic.LoadUint32(&rw.seats[i])
	return owner == nobody ||
		rw.writer.owner.dead(owner) && atomic.CompareAndSwapUint32(&rw.seats[i], owner, nobody)
}
