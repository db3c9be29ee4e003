// Package bridge carries the records of a ring over NATS JetStream into a ring on
// another machine.
//
// A [Sender] is the consumer of the ring here and stores each record as a message
// of a stream; a [Receiver] reads the stream and is the producer of the ring
// there. There is one Sender and one Receiver for a stream.
//
// Guaranteed, while the stream keeps what the server acknowledged:
//
//   - Order is kept, no record is lost, and none arrives twice, whichever of the
//     Sender, the Receiver, the server and the connections end, however they do.
//   - A record is given back to its ring after the server acknowledged it. Each
//     message is stored only behind the one before it (expected sequence), and says
//     which record it is, by the ring's identity, the position of its batch and its
//     place there: a new Sender reads the last message and goes on behind it. No
//     window of time limits that.
//   - The Receiver notes, in a region beside its ring, what it is about to put there
//     and where the ring stands: a new Receiver sees by the ring's position whether
//     that came about.
//   - When the ring there is full the stream fills up, when the stream is full the
//     ring here does, and then its producer waits.
//   - After the producer's Close here the Receiver closes the ring there.
//
// What a server that loses power acknowledged and had not written to its disk is
// the server's affair: see its sync_interval, and replicas.
//
// Rings whose producer overwrites are refused: their consumer cannot hold a record
// until it is stored.
package bridge
