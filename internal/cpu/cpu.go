package cpu

import "sync"

// Register makes this process take part in the fences of [FenceAll] and says
// whether it does. It costs a system call the first time.
func Register() bool { return registered() }

var registered = sync.OnceValue(register)

// FenceAll returns after every running thread of every registered process has
// executed a full memory fence, the calling thread included. It reports whether
// it could. It costs a few microseconds.
func FenceAll() bool { return fenceAll() }

// Pause spins n times with the processor's hint for a spin.
func Pause(n uint32) { pause(n) }
