//go:build !linux

package host

import "errors"

func space(string) (size, free uint64, err error) { return 0, 0, errors.ErrUnsupported }

func pageFaults() (minor, major uint64, err error) { return 0, 0, errors.ErrUnsupported }

func look() Limits { return Limits{} }
