//go:build (!amd64 || race) && !shmcheck

package ring

import "sync/atomic"

// publish64 is a release store: whoever loads v sees everything before it.
func publish64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }

// count64 stores a counter; it orders nothing.
func count64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }

// fetch does nothing: the race detector would take it for a read.
func fetch(*uint64) {}
