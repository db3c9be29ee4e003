//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package shmfile

import (
	"errors"
	"os"
)

// Mapping is a shared mapping of a whole file.
type Mapping struct{ data []byte }

// Map maps all of f.
func Map(*os.File, bool) (*Mapping, error) { return nil, errors.ErrUnsupported }

// Data is the mapping.
func (m *Mapping) Data() []byte { return m.data }

// Sync flushes it.
func (m *Mapping) Sync() error { return nil }

// Close unmaps it.
func (m *Mapping) Close() error { return nil }
