// Package lock has locks between processes, which work between the goroutines
// of one process too.
//
// Two kinds live in the kernel, belong to a file, and need nothing but the file:
//
//   - [File] locks a whole file by its path.
//   - [Range] locks bytes of an open file.
//
// The others live in memory that the processes share and are some hundred times
// cheaper, because no system call is made unless somebody has to wait:
//
//   - [Mutex] admits one holder, [RWMutex] many readers or one writer,
//     [Semaphore] a fixed number of holders.
//   - [Seqlock] gives one writer's small value to readers that never block it.
//
// # Death
//
// No lock outlives its holder. The kernel frees a File and a Range at once. The
// locks in memory know every process by an [Owner], a kernel lock that dies with
// it; waiters look at it, and within 100 ms the next one has the lock and is told
// with [ErrOwnerDied] that the data may be half-changed.
//
// # Failure
//
// What waits takes a context and returns its error when it ends; what is named
// Try does not wait. Lock words are not trusted: a hostile process can hold a
// lock for ever or free it at the wrong moment, but it cannot make a call crash,
// touch other memory, or hang past its context. If the file under the memory is
// truncated, calls return a [*sigbus.FaultError] and nobody crashes; the data the
// lock protected is gone as well.
//
// # Platforms
//
// On Linux waiters sleep on futexes. Elsewhere they look at the word at growing
// intervals of up to a millisecond. Byte-range locks and the detection of dead
// owners need Linux, macOS or Windows; see [Range] and [NewOwner].
package lock
