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

// fillWords and copyWords move bytes into and out of words that the other side
// may use at the same time; the processor keeps the order of its stores, and that
// of its loads. The shared slice is a whole number of words.
func fillWords(shared, src []byte) { copy(shared, src) }
func copyWords(dst, shared []byte) { copy(dst, shared) }

// fetch brings the cache line of w, whatever is written there.
func fetch(w *uint64) { atomic.LoadUint64(w) }
