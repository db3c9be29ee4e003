package ring

// A streak is a run of records of one length, one behind another. A consumer that
// knows where it lies hands out its records without a look at each: most streams
// are made of them.
type streak struct {
	off    uint64 // of the first one's bytes, in the data
	stop   uint64 // of those behind the last one
	length uint64 // of each, in bytes
	size   uint64 // from one to the next
	end    uint64 // the position behind the last one
}

// streaks are those found and not begun: all[next:found].
type streaks struct {
	next, found int
	all         [maxFound]streak
}

// maxFound is how many records are found at once.
const maxFound = 64

// hand hands out the next record of the streak, which has one left.
func (c *Consumer) hand() []byte {
	at := c.at
	c.at = at + c.run.size
	return bytesAt(c.data, at, c.run.length)
}

// keep takes back what hand did last.
func (c *Consumer) keep() { c.at -= c.run.size }

// more says whether a record is left, in this streak or in the next one, which it
// begins.
func (c *Consumer) more() bool {
	if c.at != c.run.stop {
		return true
	}
	if c.later.next == c.later.found {
		return false
	}
	c.settle()
	s := &c.later.all[c.later.next&(maxFound-1)]
	c.begun(s.off, s.stop, s.length, s.size, s.end)
	c.later.next++
	return true
}

// left is more that begins nothing: a Close may still have to keep the record handed
// out last.
func (c *Consumer) left() bool { return c.at != c.run.stop || c.later.next != c.later.found }

// begun begins a streak of its fields. They are moved one by one: a copy of the
// whole reads more at once than was stored at once, and has to wait for the cache.
func (c *Consumer) begun(off, stop, length, size, end uint64) {
	r := &c.run
	r.off, r.stop, r.length, r.size, r.end = off, stop, length, size, end
	c.at, c.counted = off, off
}

// tally counts what was handed out.
func (c *Consumer) tally() {
	if n := c.at - c.counted; n > 0 {
		if n == c.run.size { // mostly, where records are given back one by one
			n = 1
		} else {
			n /= c.run.size
		}
		c.counted = c.at
		c.records += n
		c.bytes += n * c.run.length
	}
}

// settle counts what was handed out, and drops the rest of the streak.
func (c *Consumer) settle() {
	c.tally()
	c.start = c.read()
	c.run.off, c.run.stop, c.at, c.counted = 0, 0, 0, 0
}

// read is the position behind the last record handed out.
func (c *Consumer) read() uint64 {
	if c.at == c.run.off {
		return c.start
	}
	return c.run.end - (c.run.stop - c.at)
}

// forget drops what was found and not handed out.
func (c *Consumer) forget() {
	c.settle()
	c.later.next, c.later.found = 0, 0
}
