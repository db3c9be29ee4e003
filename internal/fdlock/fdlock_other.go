//go:build !unix && !windows

package fdlock

import "errors"

func tryLock(uintptr, int64, int64, bool) (bool, error) { return false, errors.ErrUnsupported }

func unlock(uintptr, int64, int64) error { return errors.ErrUnsupported }

func probe(uintptr, int64, int64) (bool, Owner, error) { return false, Owner{}, errors.ErrUnsupported }

const converts = false

const ownedByFile = false
