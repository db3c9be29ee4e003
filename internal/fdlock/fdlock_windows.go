package fdlock

import (
	"math"

	"golang.org/x/sys/windows"
)

func tryLock(fd uintptr, off, n int64, exclusive bool) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	low, high, at := split(off, n)
	switch err := windows.LockFileEx(windows.Handle(fd), flags, 0, low, high, at); err {
	case nil:
		return true, nil
	case windows.ERROR_LOCK_VIOLATION, windows.ERROR_IO_PENDING:
		return false, nil
	default:
		return false, err
	}
}

func unlock(fd uintptr, off, n int64) error {
	low, high, at := split(off, n)
	return windows.UnlockFileEx(windows.Handle(fd), 0, low, high, at)
}

func probe(fd uintptr, off, n int64) (bool, Owner, error) {
	ok, err := tryLock(fd, off, n, true)
	if err != nil || !ok {
		return !ok && err == nil, Owner{Off: off, Len: n}, err
	}
	return false, Owner{}, unlock(fd, off, n)
}

// split gives the range as LockFileEx wants it; a length of 0 runs to the last
// byte that can be locked.
func split(off, n int64) (low, high uint32, at *windows.Overlapped) {
	if n == 0 {
		n = math.MaxInt64 - off
	}
	return uint32(n), uint32(n >> 32), &windows.Overlapped{Offset: uint32(off), OffsetHigh: uint32(off >> 32)}
}

const converts = false

const ownedByFile = true
