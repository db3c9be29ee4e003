package sigbus

import (
	"os"
	"os/signal"
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
// guarded code may hold. The returned function removes the hook; it does not
// wait for calls that have begun.
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
	for _, hook := range *all {
		(*hook)(r)
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
