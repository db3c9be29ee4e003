// Package interop holds two programs that know docs/ring-format.md and nothing
// of this library: peers/peer.c, a producer and a consumer in C, and peers/dump.py, which
// shows what is in a ring. Its tests have them talk to the Go side, and read the
// vectors of shm/ring.
package interop
