package memmapfs

import (
	"runtime"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/trap"
	"github.com/absfs/shmkit/sigbus"
)

// trapped says whether short copies need no guard.
var trapped = trap.Enable()

// coldly is the length from which on string instructions are better for bytes that
// come from memory: below it more of the built-in's reads are under way at once.
const coldly = 2 << 10

// copyGuarded is sigbus.Copy for slices that rarely overlap. It is written out
// because the calls it saves are a third of what a small read costs.
func copyGuarded(dst, src []byte) (n int, err error) {
	if n = min(len(dst), len(src)); n <= trap.Longest && trapped && trap.Copy(dst, src) == 0 {
		return n, nil
	}
	if n <= trap.Longest && trapped || mmap.Inside(dst, src) || mmap.Inside(src, dst) {
		return sigbus.Copy(dst, src) // which says what is wrong, too
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = sigbus.Recovered(recover())
		}
	}()
	if n < coldly {
		n = copy(dst, src)
	} else {
		n = cpu.Copy(dst, src)
	}
	done = true
	return n, nil
}

// copyOut copies len(p) bytes of m from off, which m must cover, to p.
func (m *mapping) copyOut(p []byte, off int64) (int, error) {
	n, err := copyGuarded(p, m.data[off:])
	runtime.KeepAlive(m)
	return n, err
}

// copyIn copies p to m at off; m must cover all of it.
func (m *mapping) copyIn(p []byte, off int64) (int, error) {
	n, err := copyGuarded(m.data[off:], p)
	runtime.KeepAlive(m)
	return n, err
}
