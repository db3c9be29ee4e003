// Package sigbus turns faults in mapped memory into errors.
//
// A mapped file can lose the pages under a mapping at any moment: somebody
// truncates it, the disk is full when a hole is first written, a block cannot
// be read. The load or store that hits such a page does not return an error;
// the kernel raises SIGBUS (on Windows EXCEPTION_IN_PAGE_ERROR) and the Go
// runtime ends the process with "fatal error: fault". Inside [Guard] and
// [Copy] the same fault is a [*FaultError] instead, and the process lives.
//
// # Mechanism
//
// The fault is synchronous: it belongs to one instruction of one goroutine,
// and there is nothing to deliver later. [os/signal.Notify] therefore never
// sees it. What works is [runtime/debug.SetPanicOnFault], a setting of the
// goroutine: with it, the fault is an ordinary panic whose value knows the
// address. Guard sets it, runs the function, puts the former setting back on
// every way out (return, panic, runtime.Goexit) and recovers the panic when it
// is a memory fault. Guards nest; the innermost one takes the fault. Other
// goroutines, those started inside a guarded function too, are not affected.
//
// Short copies have it cheaper on Linux on amd64: their few instructions are
// known to a handler of SIGBUS and SIGSEGV that stands before the runtime's and
// makes them return when they fault, as kernels do with a program's memory. It
// passes everything else on, is installed when the package is, and is left out of
// programs built with the tag shmnotrap or for the race detector. A program that
// later puts a handler of its own (in C) before it has to chain to it.
//
// # What counts as a memory fault
//
// The address decides. A fault in a range given to [Register], or elsewhere in
// memory which is mapped at that moment, is a FaultError; for registered
// ranges it names the file and the offset. A nil dereference, a pointer into
// memory that is not mapped (a slice used after its unmapping, say) and every
// other panic are bugs of the program: they pass through with their own value
// and the stack of the place where they happened.
//
// # What a user of raw slices must do
//
// A slice of mapped memory, such as memmapfs's Data or View.Bytes, is checked
// by nobody. Read it through Copy or inside Guard; a plain access is only safe
// for as long as nobody shortens the file and its storage works. A fault in the
// middle of a guarded function ends this function there: what it had changed by
// then stays changed, deferred calls run, and a large copy may have faulted at
// its end before it did its beginning. After an error, ask the file for its size.
//
// A slice given to a system call, by a Write to a socket say, is the kernel's to
// read: it returns "bad address" (EFAULT), and [Explain] names the file.
//
// One built-in is not safe inside Guard on every machine: copy between two
// overlapping parts of the same slice, upwards, over more than 128 bytes. On
// 386, and on amd64 without AVX, the runtime does it with the processor's
// direction flag set, and a fault in it leaves the flag set. [Copy] is safe.
//
// In programs built for the race detector, operations of sync/atomic run in C: one
// whose page goes away in the very moment ends the process. A page that was gone
// before is an error there too.
//
// # Asynchronous SIGBUS
//
// A SIGBUS that another process sends is no fault. It ends the program unless
// somebody asked os/signal for it; the choice stays with the program, and
// [WatchSent] is one way to make it. A memory failure the kernel finds before
// anyone touches the page ("action optional") is only announced to processes
// that asked for it with PR_MCE_KILL_EARLY, which Go programs do not; by
// default it becomes a synchronous fault of whoever touches the page. A program
// that asks for it gets it like a signal that was sent, where short copies are
// trapped; elsewhere the Go runtime takes it for a fault of the code it interrupts.
//
// # Cost
//
// A guarded 64-byte copy costs about two nanoseconds more than a plain one where
// short copies are trapped and about seven elsewhere, and allocates nothing. A
// fault costs a few microseconds plus a walk along the registered ranges, and
// takes no lock.
package sigbus
