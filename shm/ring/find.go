package ring

import "io"

// find looks for records behind scan; ErrEmpty without one, io.EOF when there
// will be none. What it read of shared memory it read once and checked: a
// record reaches neither behind the producer's position nor the data's end.
func (c *Consumer) find() error {
	if c.poison != nil { // giving back found a challenger
		return c.poison
	}
	if c.scan == c.tail {
		if err := c.look(); err != nil {
			return c.succeeded(err)
		}
	}
	c.taken, c.ready = 0, 0
	for c.ready < maxFound && c.scan != c.tail {
		off := c.scan & c.mask
		n, kind := getRecord(c.data, off)
		size := recordHeader + align8(n)
		left := c.mask + 1 - off
		if size > c.tail-c.scan || size > left || kind != kindData && (kind != kindPad || size != left) {
			if c.ready == 0 {
				return c.corrupt()
			}
			break // the records before it are good
		}
		c.scan += size
		if kind == kindData {
			c.found[c.ready] = span{off + recordHeader, n, c.scan}
			c.ready++
		}
	}
	if c.ready == 0 {
		return c.corrupt() // padding is published with the record behind it
	}
	return nil
}

// look reads the producer's position.
func (c *Consumer) look() error {
	state := load32(c.other.state) // before the tail: a closed producer moves it no more
	tail := load64(c.other.position)
	if tail%8 != 0 || tail-c.scan > c.mask+1-(c.scan-c.head) {
		return c.corrupt()
	}
	c.tail = tail
	if depth := tail - c.head; depth > load64(c.mine.highWater) {
		count64(c.mine.highWater, depth)
	}
	switch {
	case tail != c.scan:
		return nil
	case state == stateClosed:
		return io.EOF
	}
	return ErrEmpty
}

// giveBack lets the producer overwrite everything before position.
func (c *Consumer) giveBack(position uint64) {
	if c.head == position {
		return
	}
	c.head = position
	count64(c.mine.records, c.records)
	count64(c.mine.bytes, c.bytes)
	c.publish(position)
	if c.poison != nil { // taken over: what was found and not handed out is the successor's
		c.taken = c.ready
	}
}
