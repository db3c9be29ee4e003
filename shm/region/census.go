package region

import (
	"errors"
	"os"

	"github.com/absfs/shmkit/internal/fdlock"
)

// errCensus: somebody locks more bytes than attachments can.
var errCensus = errors.New("implausibly many locks on the region")

// censusBudget bounds the questions of one census; a lock over an absurd range
// must not keep it busy.
const censusBudget = 1 << 16

// lockedBytes gives the bytes of a range somebody else has locked.
func lockedBytes(f *os.File, off, n int64) (map[int64]bool, error) {
	c := census{f: f, found: map[int64]bool{}, budget: censusBudget}
	err := c.scan(off, off+n)
	return c.found, err
}

type census struct {
	f      *os.File
	found  map[int64]bool
	budget int
}

// scan asks for any lock in [lo, hi), notes it, and goes on to its left and to
// its right. Where the system only says yes or no it halves the range.
func (c *census) scan(lo, hi int64) error {
	if lo >= hi {
		return nil
	}
	if c.budget--; c.budget < 0 {
		return errCensus
	}
	held, by, err := fdlock.Held(c.f, lo, hi-lo)
	if err != nil || !held {
		return err
	}
	from, to := max(lo, by.Off), hi
	if by.Len > 0 && by.Off+by.Len < hi {
		to = by.Off + by.Len
	}
	if from == lo && to == hi && hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if err := c.scan(lo, mid); err != nil {
			return err
		}
		return c.scan(mid, hi)
	}
	if to-from > int64(c.budget) {
		return errCensus
	}
	for at := from; at < to; at++ {
		c.budget--
		c.found[at] = true
	}
	if err := c.scan(lo, from); err != nil {
		return err
	}
	return c.scan(to, hi)
}

// countAttached counts the living attachments of others.
func countAttached(f *os.File) (int, error) {
	bytes, err := lockedBytes(f, lockSlots, slotlessRange+lockSlotless-lockSlots)
	return len(bytes), err
}
