// Package ring moves records of any length from one process to another through
// shared memory, without locks and, while both sides are awake, without system
// calls.
//
// A ring has two seats, a producer's and a consumer's, each held by a kernel
// lock: a second process is refused with [ErrBusy], and a seat is free as soon as
// its holder is dead, however it died.
//
// Guaranteed, while nobody else writes to the ring's memory:
//
//   - Records arrive in the order they were sent, whole, none twice and, while
//     both sides live, none lost. A record is seen after Commit or Send returned
//     and never before, also when the producer dies in between.
//   - A producer that dies loses the record it had not committed, no other. A
//     consumer that dies has its successor get again what was not released.
//   - After the producer's Close the consumer reads what is left, then io.EOF.
//   - An end is told until a consumer that was told closes. Who opens the ring then
//     waits for the next producer.
//   - Waiting ends with the context and, unless Options.WaitForPeer is set, with the
//     peer's death ([ErrPeerDead]), within 100 ms; a consumer's also with the
//     producer's Close. A producer waits for space on behind a consumer's Close: for
//     the next consumer. It also ends when somebody removes or replaces the ring's
//     file ([ErrUnlinked]). Who has something to read, or room to write, does not
//     wait, and does not hear of a death.
//
// Options.Full chooses what a full ring does: the producer waits, is told, or, in
// a ring made with FullOverwrite, overwrites the oldest records, which the
// consumer can count (Consumer.Lost).
//
// What the other side wrote is checked before it is used: positions and lengths
// that cannot be are [ErrCorrupt], and memory that is gone is an error matching
// sigbus.ErrFault. A producer that is not trusted can change a record while it is
// read in place; Options.Untrusted hands out copies.
//
// A Producer and a Consumer are for one goroutine at a time each, their Close and
// Stats for any. What allocates, blocks or enters the kernel says so where it is declared.
package ring
