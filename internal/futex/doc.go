// Package futex puts goroutines to sleep on 32-bit words of memory that
// several processes may share, and wakes them.
//
// On Linux it is the kernel's shared futex: no polling, and a mapping that is
// only readable can be waited on. A sleeping wait occupies an operating system
// thread but no processor of the Go scheduler. On Windows, whose WaitOnAddress
// ends at the process, it is a semaphore in Local\ named for the file and the
// place of the word in it, and a look at the word at every tick all the same.
// On macOS and the BSDs a word that was given one with [SetBell] has a FIFO beside
// its file, which the sleeper reads in the runtime's poller, and a look every 10 ms;
// -tags shmfifo has Linux do the same, for tests. Everywhere else, for words
// without a bell and on memory of no file, the same calls are a poll with a
// back-off of at most one millisecond, so that a program written against them is
// correct on every platform.
//
// A wait may return without reason (a spurious wake-up); callers look at their
// word again in a loop. The lost wake-up is excluded as long as a waker changes
// the word before it calls [Wake].
package futex
