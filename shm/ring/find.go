package ring

import (
	"io"

	"github.com/absfs/shmkit/internal/cpu"
)

// find looks for records behind scan; ErrEmpty without one, io.EOF when there
// will be none. What it read of shared memory it read once and checked: a
// record reaches neither behind the producer's position nor the data's end.
func (c *Consumer) find() error {
	if c.poison != nil { // giving back found a challenger
		return c.poison
	}
	if c.over != nil {
		return c.catch()
	}
	if c.scan == c.tail {
		if err := c.look(); err != nil {
			return c.succeeded(err)
		}
	}
	c.forget()
	scan, sum, n := c.scan, uint64(0), 0
	var word, length, size uint64 // of the record before: most have the same
	for n < maxFound && scan != c.tail && (n == 0 || scan-c.head < c.lazy) {
		off := scan & c.mask
		if w := *recordWord(c.data, off); w != word {
			// A branch and no dependency: where the next record begins is guessed
			// right while lengths repeat, and its word need not be waited for.
			word, length = w, w&0xffffffff
			size = recordHeader + align8(length)
		}
		left := c.mask + 1 - off
		if kind := uint32(word >> 32); size > c.tail-scan || size > left || kind != kindData && (kind != kindPad || size != left) {
			if n == 0 {
				return c.corrupt()
			}
			break // the records before it are good
		} else if kind == kindPad {
			scan += size
			continue
		}
		scan += size
		sum += length
		c.found[n] = span{off + recordHeader, off + recordHeader + length, sum, scan}
		n++
	}
	if n == 0 {
		return c.corrupt() // padding is published with the record behind it
	}
	c.scan, c.ready = scan, n
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
	c.deepest(tail - c.head)
	if tail != c.scan {
		return nil
	}
	return c.nothing(state)
}

// deepest keeps the greatest depth.
func (c *Consumer) deepest(depth uint64) {
	if depth > load64(c.mine.highWater) {
		count64(c.mine.highWater, depth)
	}
}

// nothing is why there is no record.
func (c *Consumer) nothing(state uint32) error {
	switch {
	case state == stateClosed:
		return io.EOF
	case c.bereaved != nil:
		err := c.bereaved
		c.bereaved = nil
		return err
	}
	return ErrEmpty
}

// expect is find for a ring that was empty a moment ago: it takes so many looks,
// few enough to be no wait.
//
// What lies between two looks depends on what they find. Each takes the cache
// line of the position away from the producer: one that writes record after
// record is left alone for longer, and its records come in lots; one that
// answers us now and then is watched closely.
func (c *Consumer) expect(looks int) error {
	if c.over != nil {
		return ErrEmpty
	}
	for turn := range looks {
		cpu.Pause(c.gap)
		moved := load64(c.other.position) != c.tail
		fetch(recordWord(c.data, c.scan&c.mask)) // it comes together with the position
		if !moved {
			continue
		}
		if turn == 0 {
			c.gap = min(2*c.gap+1, c.gapLimit)
		} else {
			c.gap /= 2
		}
		return c.find()
	}
	c.gap = 0
	return ErrEmpty
}

// forget counts the records found and handed out, and makes room for others.
func (c *Consumer) forget() {
	if c.taken > 0 {
		c.records += uint64(c.taken)
		c.bytes += c.found[c.taken-1].sum
	}
	c.start, c.taken, c.ready = c.read(), 0, 0
}

// giveBack lets the producer overwrite everything before position, the end of
// the last record handed out.
func (c *Consumer) giveBack(position uint64) {
	if c.head == position {
		return
	}
	c.head = position
	records, bytes := c.records+uint64(c.taken), c.bytes
	if c.taken > 0 {
		bytes += c.found[c.taken-1].sum
	}
	count64(c.mine.records, records)
	count64(c.mine.bytes, bytes)
	c.publish(position)
	if c.poison != nil { // taken over: what was found and not handed out is the successor's
		c.ready = c.taken
	}
}
