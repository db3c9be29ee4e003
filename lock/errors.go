package lock

import "errors"

var (
	// ErrOwnerDied comes with a lock that was taken over from a process that
	// died while it held it. The caller holds the lock; what it protects may be
	// half-changed. After repairing the data call Recover, else every next
	// taker is warned in the same way.
	ErrOwnerDied = errors.New("lock: the owner died while holding it")

	// ErrNotRecoverable says that a holder gave the lock up for good with
	// Abandon, because what it protected could not be repaired.
	ErrNotRecoverable = errors.New("lock: given up for good")

	// ErrNotHeld says that the caller's process does not hold what it wants to
	// give back.
	ErrNotHeld = errors.New("lock: not held")

	// ErrDeadlock says that waiting could never end: two holders of a shared
	// lock of one process both want to upgrade it.
	ErrDeadlock = errors.New("lock: two upgrades wait for each other")

	// ErrLockLost says that a shared lock was lost while it was upgraded.
	ErrLockLost = errors.New("lock: lost during the upgrade")
)
