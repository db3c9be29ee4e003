package memmapfs

import (
	"runtime"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// copyOut and copyIn are sigbus.Copy for memory of one mapping and memory of
// somebody else, without the care for overlaps. They are written out because
// the calls they save are a third of what a small read costs.

// copyOut copies len(p) bytes of m from off, which m must cover, to p.
func (m *mapping) copyOut(p []byte, off int64) (n int, err error) {
	if mmap.Inside(p, m.data) {
		return sigbus.Copy(p, m.data[off:])
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = sigbus.Recovered(recover())
		}
	}()
	n = copy(p, m.data[off:])
	done = true
	runtime.KeepAlive(m)
	return n, nil
}

// copyIn copies p to m at off; m must cover all of it.
func (m *mapping) copyIn(p []byte, off int64) (n int, err error) {
	if mmap.Inside(p, m.data) {
		return sigbus.Copy(m.data[off:], p)
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = sigbus.Recovered(recover())
		}
	}()
	n = copy(m.data[off:], p)
	done = true
	runtime.KeepAlive(m)
	return n, nil
}
