//go:build amd64 && !race && !shmcheck

package ring

import "sync/atomic"

// On amd64 every store is a release: the processor makes stores visible in
// program order, and the compiler keeps the order of stores to memory it does
// not own. sync/atomic would add the full fence of an XCHG, five times the cost.

// publish64 is a release store: whoever loads v sees everything before it.
func publish64(w *uint64, v uint64) { *w = v }

// count64 stores a counter; it orders nothing.
func count64(w *uint64, v uint64) { *w = v }

// fetch brings the cache line of w, whatever is written there.
func fetch(w *uint64) { atomic.LoadUint64(w) }
