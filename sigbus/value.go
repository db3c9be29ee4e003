package sigbus

// Load returns *p, where p may point into mapped memory. The access is a plain
// one, not atomic, and costs what [Copy] costs; several of them belong into one
// [Guard]. A nil p panics.
func Load[T any](p *T) (value T, err error) {
	state := enter()
	defer state.leave(&err)
	value = *p
	state.done = true
	return value, nil
}

// Store sets *p, where p may point into mapped memory, to value. After an error
// a part of a value longer than a machine word may have been stored.
func Store[T any](p *T, value T) (err error) {
	state := enter()
	defer state.leave(&err)
	*p = value
	state.done = true
	return nil
}
