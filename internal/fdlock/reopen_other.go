//go:build !linux

package fdlock

import "os"

func reopen(f *os.File) (*os.File, error) { return os.OpenFile(f.Name(), os.O_RDWR, 0) }
