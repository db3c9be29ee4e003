//go:build unix && !linux && !darwin

package fdlock

import "golang.org/x/sys/unix"

const (
	setLock = unix.F_SETLK
	getLock = unix.F_GETLK
)

const ownedByFile = false
