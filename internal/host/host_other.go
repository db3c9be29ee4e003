//go:build !linux && !darwin && !freebsd && !windows

package host

import "errors"

func space(string) (size, free uint64, err error) { return 0, 0, errors.ErrUnsupported }

func pageFaults() (minor, major uint64, err error) { return 0, 0, errors.ErrUnsupported }

func look() Limits { return Limits{} }
