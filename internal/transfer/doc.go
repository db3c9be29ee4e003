// Package transfer moves a file tree from one process to another over a ring:
// what examples/producer and examples/consumer have in common.
//
// # Protocol
//
// A producer walks its paths in order and sends every folder and file as an
// entry with a number: a record that opens it, chunks, a record that ends it
// with the SHA-256 of what was sent. Totals come last, and both sides compare
// them. Records are described in record.go.
//
// # Guarantees
//
//   - No byte is copied on the way but once: from the mapped file into the ring.
//     The consumer hashes and writes straight from the ring.
//   - A file that shrinks, vanishes or changes while it is sent costs that file
//     and no other: it is announced as aborted, tried again, and given up when
//     it does not hold still. The totals count it and the exit status tells.
//   - Either side may be killed at any instruction. Both keep a journal in a
//     second region beside the ring, written before space is released: a new
//     consumer goes on in mid-file, a new producer starts its last file anew,
//     and what arrives twice is recognised by its number.
//   - A received path never leaves the target folder: no "..", no absolute
//     path, no drive, no reserved name, no walk through a symbolic link.
//     The folder is an os.Root, so that a race cannot change that.
//   - Everything received is hostile input; whatever breaks the rules is
//     an error matching ErrProtocol, never a crash.
//
// # Policy
//
// Regular files and folders are sent with their permission bits. Symbolic links
// and special files are skipped and counted; a PATH given by the user may be a
// link. Owners and times are not sent.
package transfer
