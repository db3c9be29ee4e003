//go:build unix

package fdlock

import "golang.org/x/sys/unix"

func tryLock(fd uintptr, off, n int64, exclusive bool) (bool, error) {
	kind := int16(unix.F_RDLCK)
	if exclusive {
		kind = unix.F_WRLCK
	}
	switch err := call(fd, setLock, &unix.Flock_t{Type: kind, Start: off, Len: n}); err {
	case nil:
		return true, nil
	case unix.EAGAIN, unix.EACCES:
		return false, nil
	default:
		return false, err
	}
}

func unlock(fd uintptr, off, n int64) error {
	return call(fd, setLock, &unix.Flock_t{Type: unix.F_UNLCK, Start: off, Len: n})
}

func probe(fd uintptr, off, n int64) (bool, Owner, error) {
	lk := unix.Flock_t{Type: unix.F_WRLCK, Start: off, Len: n}
	if err := call(fd, getLock, &lk); err != nil || lk.Type == unix.F_UNLCK {
		return false, Owner{}, err
	}
	return true, Owner{PID: max(0, int(lk.Pid)), Exclusive: lk.Type == unix.F_WRLCK, Off: lk.Start, Len: lk.Len}, nil
}

func call(fd uintptr, cmd int, lk *unix.Flock_t) error {
	for {
		if err := unix.FcntlFlock(fd, cmd, lk); err != unix.EINTR {
			return err
		}
	}
}

const converts = true
