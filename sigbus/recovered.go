package sigbus

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

// told counts and reports e.
func (e *FaultError) told() *FaultError {
	count(e.Name)
	report(Report{Fault: e})
	return e
}
