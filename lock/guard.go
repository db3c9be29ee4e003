package lock

import (
	"runtime/debug"

	"github.com/absfs/shmkit/sigbus"
)

// guard turns a fault in the memory of a lock into an error of the call: anybody
// who can write the file can truncate it.
type guard struct {
	before bool // the goroutine's setting
	done   bool // the call came to its end
}

func startGuard() guard { return guard{before: debug.SetPanicOnFault(true)} }

// leave is what the call defers.
func (g *guard) leave(err *error) {
	debug.SetPanicOnFault(g.before)
	if g.done {
		return
	}
	if fault := sigbus.Recovered(recover()); fault != nil {
		*err = fault
	}
}

// guarded runs an operation that may take its time.
func guarded(op func() error) (err error) {
	g := startGuard()
	defer g.leave(&err)
	err = op()
	g.done = true
	return err
}
