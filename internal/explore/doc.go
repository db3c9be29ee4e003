// Package explore runs every interleaving of a few threads whose steps on
// shared memory it is told of, with the real code of a protocol between the
// steps. It is a stateless model checker: a run is repeated from the start with
// another choice at its last open branch, and a branch whose state was seen
// before is cut.
//
// Memory is that of x86 (total store order): a store may wait in its thread's
// buffer, where only the thread itself sees it, until the explorer lets it out;
// fenced stores and FenceAll empty buffers. A thread may be killed before any of
// its steps, as often in a run as the program allows; its buffer drains before
// anybody can learn of the death, as a processor's does before the kernel frees
// what the process held.
//
// A thread's code must be deterministic: what it does depends on the values it
// loaded only. The state of a run is then the memory, the buffers, and what every
// living thread has loaded so far, or since it said by Settle what of that matters.
// What a program notes about its threads has to be in its digest of the memory.
package explore
