package lock

import "context"

// Locker is what the exclusive locks of this package have in common.
type Locker interface {
	// Lock waits for the lock as long as ctx allows.
	Lock(ctx context.Context) error
	// TryLock takes the lock if that is possible without waiting.
	TryLock() (bool, error)
	// Unlock gives it back.
	Unlock() error
	// Stats returns what this handle has seen.
	Stats() Stats
}

// RWLocker is a [Locker] that also admits readers together. How a reader
// unlocks differs: RUnlock for an [RWMutex], Unlock for [File] and [Range].
type RWLocker interface {
	Locker
	RLock(ctx context.Context) error
	TryRLock() (bool, error)
}

var (
	_ Locker   = (*Mutex)(nil)
	_ RWLocker = (*RWMutex)(nil)
	_ RWLocker = (*File)(nil)
	_ RWLocker = (*Range)(nil)
)
