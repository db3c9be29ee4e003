package sigbus

import "github.com/absfs/shmkit/internal/vmem"

// Recovered serves code that guards itself because even Guard's call is too
// dear: it sets debug.SetPanicOnFault, and gives what recover returned, in its
// own deferred function, to Recovered. A memory fault comes back as a
// [*FaultError], counted and reported as Guard does; nil comes back as nil;
// everything else is panicked with again.
func Recovered(r any) error {
	if r == nil {
		return nil
	}
	return classify(r).told()
}

// Trapped serves code that reaches mapped memory through routines which return
// the address of a fault: it makes the [*FaultError], counted and reported as
// Guard does. Memory that is not mapped at all panics, as it does in a Guard.
func Trapped(addr uintptr) error {
	entry := ranges.find(addr)
	if entry == nil && (addr < nullPage || !vmem.Mapped(addr)) {
		if err := Guard(func() { vmem.Touch(addr) }); err != nil {
			return err // mapped by now
		}
	}
	return faultAt(addr, entry).told()
}

// told counts and reports e.
func (e *FaultError) told() *FaultError {
	count(e.Name)
	report(Report{Fault: e})
	return e
}
