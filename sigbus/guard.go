package sigbus

import (
	"runtime"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/vmem"
)

// Guard runs fn and returns nil, or a [*FaultError] when fn touched mapped
// memory that could not be had. fn ends at the fault; its deferred calls run.
//
// Every other panic passes through unchanged, a nil dereference among them, and
// so does runtime.Goexit. Guards may be nested. Only the calling goroutine is
// guarded, not those fn starts. Guard itself allocates nothing and does not block.
func Guard(fn func()) (err error) {
	state := enter()
	defer state.leave(&err)
	fn()
	state.done = true
	return nil
}

// guard is the state of one guarded call: the goroutine's setting before it,
// and whether the call came to its end.
type guard struct {
	before bool
	done   bool
}

func enter() guard {
	return guard{before: debug.SetPanicOnFault(true)}
}

// leave is the deferred half of enter. The setting goes back first, so that a
// panic on its way up meets the goroutine as it was.
func (g *guard) leave(err *error) {
	debug.SetPanicOnFault(g.before)
	if g.done {
		return
	}
	if r := recover(); r != nil {
		*err = classify(r).told()
	}
}

// addressed is what the runtime's panic value for a fault offers beyond
// runtime.Error. A nil dereference does not have it.
type addressed interface {
	runtime.Error
	Addr() uintptr
}

// nullPage is where addresses of nil dereferences end; the runtime draws the
// line at the same place.
const nullPage = 4096

// classify makes an error of the panic value r when it is a memory fault, and
// panics with it again when it is not: the stack of its origin is still there.
func classify(r any) *FaultError {
	fault, ok := r.(addressed)
	if !ok {
		panic(r)
	}
	addr := fault.Addr()
	entry := ranges.find(addr)
	if entry == nil && (addr < nullPage || !vmem.Mapped(addr)) {
		passed.Add(1)
		panic(r)
	}
	e := faultAt(addr, entry)
	e.cause = fault
	return e
}

func faultAt(addr uintptr, entry *node) *FaultError {
	e := &FaultError{Addr: addr, Offset: -1}
	if entry != nil {
		e.Name, e.Offset = entry.name, entry.off+int64(addr-entry.start)
	}
	return e
}
