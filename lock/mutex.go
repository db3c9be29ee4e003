package lock

import (
	"context"
	"fmt"
	"io/fs"
	"sync/atomic"
)

// MutexSize is how many bytes of shared memory a [Mutex] takes. Give each
// mutex that is fought for a cache line (64 bytes) of its own.
const MutexSize = 8

// Mutex is a mutual exclusion lock in memory shared between processes. It is
// held by a process, not by a goroutine: like a sync.Mutex it may be unlocked
// by another goroutine than the one that locked it, and it cannot be locked
// twice.
//
// Zeroed memory is an unlocked mutex. The first word is the protocol's (see
// docs/locks.md); the second counts the waiters that have waited for a
// millisecond: while there are any, newcomers queue up behind them instead of
// overtaking. The words are not trusted: whatever another process writes
// there, no call crashes, and a wait ends with its context.
//
// A Mutex is a handle on the memory and must not be used after the memory is
// unmapped. It keeps its Owner alive: keep it while it is locked. All methods may
// be called concurrently.
type Mutex struct {
	word    *uint32 // see protocol.go
	hungry  *uint32 // how many waiters starve
	id      uint32
	owner   *Owner
	sampled atomic.Int64 // when the holder took the lock, if its hold is timed
	sync    happensBefore
	counters
}

// MutexAt gives a handle on the mutex in the first [MutexSize] bytes of mem,
// which must be writable and 4-byte aligned. owner is the identity under which this process
// takes the lock; nil restricts the mutex to the goroutines of one process.
// Every process makes its own handle; one is enough for all its goroutines.
func MutexAt(mem []byte, owner *Owner) (*Mutex, error) {
	w, err := words("mutex", mem, MutexSize/4)
	if err != nil {
		return nil, err
	}
	m := new(Mutex)
	if err := m.init(w, owner); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Mutex) init(w []uint32, owner *Owner) error {
	m.word, m.hungry, m.owner, m.id = &w[0], &w[1], owner, owner.ident()
	m.sync.of(m.word)
	if m.id == nobody {
		return fmt.Errorf("lock: the owner: %w", fs.ErrClosed)
	}
	return nil
}

// Lock takes the mutex and waits for it as long as ctx allows.
//
// With a nil error the caller holds it. With [ErrOwnerDied] the caller holds
// it too, but the process that held it before died and may have left the data
// half-changed. With any other error the caller does not hold it: the error of
// ctx, [ErrNotRecoverable], or a [*sigbus.FaultError] when the memory is gone.
//
// A waiter learns of the death of the owner within 100 ms. A waiter of more
// than a millisecond is overtaken by no newcomer any more. An uncontended Lock
// makes no system call; none allocates unless it has to sleep under a context
// that can be cancelled. A done ctx does not keep Lock from taking a free lock.
func (m *Mutex) Lock(ctx context.Context) (err error) {
	g := startGuard()
	defer g.leave(&err)
	if atomic.CompareAndSwapUint32(m.word, nobody, m.id) {
		m.got(nil)
	} else {
		err = m.lockSlow(ctx)
	}
	g.done = true
	return err
}

// TryLock takes the mutex if it is free, or if its owner is dead, and says
// whether the caller holds it now; with [ErrOwnerDied] it does, see
// [Mutex.Lock]. It never sleeps; on a held mutex it makes one system call to
// look whether the owner lives.
func (m *Mutex) TryLock() (ok bool, err error) {
	g := startGuard()
	defer g.leave(&err)
	ok, err = m.tryLock()
	g.done = true
	return ok, err
}

func (m *Mutex) tryLock() (bool, error) {
	if atomic.CompareAndSwapUint32(m.word, nobody, m.id) {
		m.got(nil)
		return true, nil
	}
	ok, err := m.try(0)
	if ok {
		m.got(err)
	}
	return ok, err
}

// Unlock gives the mutex back and wakes a waiter. It never blocks.
// [ErrNotHeld] says that this process does not hold it, [ErrNotRecoverable]
// that it was given up.
func (m *Mutex) Unlock() (err error) {
	g := startGuard()
	defer g.leave(&err)
	m.leaving()
	if !atomic.CompareAndSwapUint32(m.word, m.id, nobody) {
		err = m.unlockSlow()
	}
	g.done = true
	return err
}

// Recover declares the data consistent again after [ErrOwnerDied]. The caller
// holds the mutex and goes on holding it.
func (m *Mutex) Recover() (err error) {
	g := startGuard()
	defer g.leave(&err)
	err = m.change(func(old uint32) uint32 { return old &^ doubt })
	g.done = true
	return err
}

// Abandon gives the mutex up for good: the data cannot be repaired. Everybody
// who waits for it or tries to take it later gets [ErrNotRecoverable], until
// the memory is zeroed. The caller held it and does not any more.
func (m *Mutex) Abandon() (err error) {
	g := startGuard()
	defer g.leave(&err)
	if err = m.change(func(uint32) uint32 { return goneForGood }); err == nil {
		m.wakeAll()
	}
	g.done = true
	return err
}

// Stats returns what this handle has seen.
func (m *Mutex) Stats() Stats { return m.snapshot() }

func held(err error) bool { return err == nil || err == ErrOwnerDied }
