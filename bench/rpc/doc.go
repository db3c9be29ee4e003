// Package rpc runs gRPC over a ring's connections. It has no code but tests, and is
// here because the library does not depend on gRPC.
package rpc
