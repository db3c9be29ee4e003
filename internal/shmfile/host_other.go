//go:build !linux && !darwin

package shmfile

import "time"

func bootID() [16]byte { return [16]byte{} }

func pidNamespace() uint64 { return 0 }

func processStart() (time.Time, bool) { return time.Time{}, false }
