//go:build race

package lock

import (
	"sync"
	"sync/atomic"
)

// happensBefore tells the race detector, which sees neither atomics on mapped
// memory nor the kernel's locks, that a release comes before the next
// acquisition through any handle on the same thing.
type happensBefore struct{ edge *atomic.Uint32 }

var edges sync.Map // of *atomic.Uint32, by what is locked

func (h *happensBefore) of(thing any) {
	edge, _ := edges.LoadOrStore(thing, new(atomic.Uint32))
	h.edge = edge.(*atomic.Uint32)
}

func (h *happensBefore) acquire() { h.edge.Load() }
func (h *happensBefore) release() { h.edge.Add(1) }
