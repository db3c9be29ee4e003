package sigbus

import (
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/vmem"
)

// Report is what a hook is told.
type Report struct {
	// Fault is the fault that has just become an error; nil when the report
	// is about a signal.
	Fault *FaultError
	// Signal is the SIGBUS that another process sent; nil for a fault.
	Signal os.Signal
}

// OnFault has hook called for every fault that becomes an error, on the
// goroutine that faulted, before Guard or Copy returns, and for every signal
// [WatchSent] sees. It is meant for logging; several hooks may be set. A hook
// may be called by many goroutines at once, and must not wait for a lock the
// guarded code may hold. What faults in a hook is told to the hooks, too; what
// faults in those calls is an error and counted, but told to nobody. So a hook
// that writes to a log file that is gone comes to an end. The returned function
// removes the hook; it does not wait for calls that have begun.
func OnFault(hook func(Report)) (remove func()) {
	h := &hook
	change(func(all []*func(Report)) []*func(Report) { return append(slices.Clone(all), h) })
	return sync.OnceFunc(func() {
		change(func(all []*func(Report)) []*func(Report) {
			return slices.DeleteFunc(slices.Clone(all), func(other *func(Report)) bool { return other == h })
		})
	})
}

var (
	hooks   atomic.Pointer[[]*func(Report)]
	hooksMu sync.Mutex // excludes those who change hooks
)

func change(edit func([]*func(Report)) []*func(Report)) {
	hooksMu.Lock()
	defer hooksMu.Unlock()
	var all []*func(Report)
	if p := hooks.Load(); p != nil {
		all = *p
	}
	all = edit(all)
	hooks.Store(&all)
}

func report(r Report) {
	all := hooks.Load()
	if all == nil {
		return
	}
	if r.Fault != nil && hooksCalled() == deepest {
		return
	}
	tell(*all, r)
}

// tell calls the hooks. Its frame shows that this goroutine is in one.
//
//go:noinline
func tell(all []*func(Report), r Report) {
	for _, hook := range all {
		(*hook)(r)
	}
}

var tellEntry = reflect.ValueOf(tell).Pointer()

// deepest is how many calls of tell there may be on a stack.
const deepest = 2

// hooksCalled counts the calls of tell on this goroutine, up to deepest.
func hooksCalled() (calls int) {
	var pcs [64]uintptr
	for skip := 0; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			// A return address may lie behind its function's last instruction.
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == tellEntry {
				if calls++; calls == deepest {
					return calls
				}
			}
		}
		if n < len(pcs) {
			return calls
		}
	}
}

// WatchSent keeps a SIGBUS that a process sends from ending the program: it is
// counted and reported to the hooks instead. The returned function ends that
// and waits for the goroutine behind it. A program that handles the signal
// itself with os/signal simply does not call WatchSent. Faults are never seen
// here. Where the system has no SIGBUS, WatchSent does nothing.
func WatchSent() (stop func()) {
	bus := vmem.BusError()
	if bus == nil {
		return func() {}
	}
	signals, done := make(chan os.Signal, 16), make(chan struct{})
	signal.Notify(signals, bus)
	go func() {
		defer close(done)
		for s := range signals {
			sent.Add(1)
			report(Report{Signal: s})
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(signals) // nothing is sent to the channel after Stop returned
		close(signals)
		<-done
	})
}
