package memmapfs

import "github.com/absfs/shmkit/internal/cpu"

// A cursor is the position of a handle. Who moves it has the turn; a look needs
// none. So a write that has the turn anyway moves it without a locked instruction.
type cursor struct {
	turn   cpu.Turn
	barred bool      // for writeAhead: somebody holds the gate alone; with turn
	at     cpu.Int64 // askKernel: the descriptor knows
}

func (c *cursor) Load() int64 { return c.at.Load() }

func (c *cursor) Store(at int64) {
	c.turn.Lock()
	c.at.Release(at)
	c.turn.Unlock()
}

func (c *cursor) CompareAndSwap(from, to int64) bool {
	c.turn.Lock()
	same := c.at.Load() == from
	if same {
		c.at.Release(to)
	}
	c.turn.Unlock()
	return same
}

// bar keeps writeAhead away, after the one that is at it, until it is called with
// false. The gate is held alone.
func (c *cursor) bar(on bool) {
	c.turn.Lock()
	c.barred = on
	c.turn.Unlock()
}
