package ring

// Results of glance that are no address.
const (
	glanceWanted = 1
	glanceNone   = 2
)

// prompt is advance for one side of a dialogue, whose records come one at a time
// and soon: what seek, find and gather do in their order, without a guard and
// without what a lot of records takes. It answers false where it found none, or
// something less simple: then it is as if only the space was given back. patience
// is how many looks advance should take then.
func (c *Consumer) prompt() (rec []byte, found bool, patience int) {
	if c.lot != 1 || c.posts == 0 || c.scan != c.tail || c.pace != 0 || quick == 0 {
		return nil, false, quick
	}
	if c.alone() && c.ventures() {
		c.pace = c.paceLimit // for seek
		return nil, false, quick
	}
	c.inside.enter()
	if c.closed.Load() || c.more() {
		c.inside.leave()
		return nil, false, quick
	}
	c.head = c.read()
	c.tally()
	tail, word, result := glance(c, uint64(quick))
	if result == 0 && c.single(tail, word) {
		rec = c.hand()
		c.inside.leave()
		return rec, true, 0
	}
	c.inside.leave()
	switch result {
	case 0:
	case glanceNone:
		return nil, false, 0
	case glanceWanted:
		_ = c.guarded(func() error { // its error is sticky, or advance meets it again
			c.attend()
			if c.poison != nil {
				c.forget()
			}
			return nil
		})
	default:
		_ = c.trapped(result, nil)
	}
	return nil, false, quick
}

// single makes a streak of the one record behind scan, if word and tail, which the
// producer can have written as it likes, mean exactly one whose bytes are in the
// data. The rest, harm included, is for find.
func (c *Consumer) single(tail, word uint64) bool {
	off, length := c.scan&c.mask, word&0xffffffff
	size := recordHeader + align8(length)
	if uint32(word>>32) != kindData || length == 0 || tail-c.scan != size || size > c.mask+1-off || size > c.deep {
		return false
	}
	c.start, c.scan, c.tail = c.scan, tail, tail
	c.begun(off+recordHeader, off+recordHeader+size, length, size, tail)
	return true
}
