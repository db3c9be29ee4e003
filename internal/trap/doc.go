// Package trap reads and writes memory that may be gone, such as mapped files
// somebody may truncate, at the price of a plain access: a routine that meets a
// fault returns the address it could not have instead of raising a panic.
//
// The routines are a few instructions of assembly. A signal handler of ours
// stands before the runtime's for SIGBUS and SIGSEGV; when the instruction that
// faulted is in one of the routines it makes it return, and hands every other
// signal on, with all registers as they were. Kernels reach into a program's memory
// in this way (exception tables), and gVisor's safecopy shows that a Go program
// can, without cgo. The guard of debug.SetPanicOnFault and a deferred recover costs
// several nanoseconds for each access; this costs nothing until a fault happens.
//
// Guaranteed: the routines read and write no byte outside the ranges they are
// given, in the order they name, and never panic. Signals that are no faults of
// theirs (sent by kill, a nil dereference) reach the handler that was there before.
// An "action optional" memory failure, which the runtime would take for a fault of
// the code it interrupts, reaches it as a signal that was sent.
//
// Not there (see [Enable]): other systems than Linux on amd64, the race detector,
// which cannot see assembly, and programs built with the tag shmnotrap. If
// something else replaces the handler of SIGBUS without chaining to ours, a fault
// in a routine ends the process as every other unguarded fault does.
package trap
