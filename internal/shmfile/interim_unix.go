//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package shmfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// Mapping is a shared mapping of a whole file.
type Mapping struct{ data []byte }

// Map maps all of f.
func Map(f *os.File, writable bool) (*Mapping, error) {
	st, err := StatFile(f)
	if err != nil {
		return nil, err
	}
	prot := unix.PROT_READ
	if writable {
		prot |= unix.PROT_WRITE
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(st.Size), prot, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Mapping{data}, nil
}

// Data is the mapping.
func (m *Mapping) Data() []byte { return m.data }

// Sync flushes it.
func (m *Mapping) Sync() error { return unix.Msync(m.data, unix.MS_SYNC) }

// Close unmaps it.
func (m *Mapping) Close() error { return unix.Munmap(m.data) }
