//go:build !linux

package cases

import "errors"

func evict(string) error { return errors.ErrUnsupported }

func maxResident() int64 { return 0 }
