package ring

import "math/bits"

// overtaken is what a consumer has more whose producer overwrites.
type overtaken struct {
	data []byte // shared; the consumer's data is a private copy of one record
	next uint64 // number of the record at scan
	lost uint64
	late bool // there are records, and the producer was always quicker
}

// overtakes is how often a look for a record is repeated because the producer
// came by meanwhile.
const overtakes = 64

// Lost is how many records the producer overwrote before they were read, since
// the ring was made and up to the record that was handed out last: one that
// follows a loss is the first to count it. It is zero unless the ring was made
// with FullOverwrite. Death of a producer in the middle of a Send may count one
// record that nobody ever saw.
func (c *Consumer) Lost() uint64 {
	if c.over == nil {
		return 0
	}
	return c.over.lost
}

// follow makes c a consumer that can be overtaken.
func (c *Consumer) follow() {
	lost := load64(c.mine.lost)
	c.over = &overtaken{data: c.data, next: c.records + lost, lost: lost}
	c.data, c.private = nil, false
}

// catch copies the next record that is still there. What it reads counts only if
// the producer has not given it up by the time it is read.
func (c *Consumer) catch() error {
	c.forget()
	for range overtakes {
		state := load32(c.other.state)
		oldest := load64(c.other.oldest)
		tail := load64(c.other.position)
		if load64(c.other.oldest) != oldest {
			continue // only the two of one moment can be checked against each other
		}
		scan := c.scan
		if int64(oldest-scan) > 0 {
			scan = oldest
		}
		if scan%8 != 0 || tail%8 != 0 || tail-scan > c.mask+1 {
			return c.corrupt()
		}
		c.tail, c.scan = tail, scan
		c.deepest(tail - scan)
		if tail == scan {
			return c.succeeded(c.nothing(state))
		}
		done, err := c.take(scan, tail)
		if done || err != nil {
			return err
		}
	}
	c.over.late = true
	return ErrEmpty
}

// take copies the record at scan. It is not done when that was padding, or given
// up meanwhile.
func (c *Consumer) take(scan, tail uint64) (done bool, err error) {
	o := c.over
	off := scan & c.mask
	word := load64(recordWord(o.data, off))
	if c.passed(scan) {
		return false, nil
	}
	n, left := word&0xffffffff, c.mask+1-off
	size := recordHeader + align8(n)
	switch uint32(word >> 32) {
	case kindPad:
		if size != left || size >= tail-scan {
			return false, c.corrupt()
		}
		c.scan = scan + size
		return false, nil
	case kindData:
		if size += recordNumber; size > left || size > tail-scan {
			return false, c.corrupt()
		}
	default:
		return false, c.corrupt()
	}
	if n > uint64(len(c.data)) {
		c.data = make([]byte, min(1<<bits.Len64(n), c.mask+1))
	}
	number := load64(recordWord(o.data, off+recordHeader))
	copyWords(c.data[:n], o.data[off+recordHeader+recordNumber:off+size])
	if c.passed(scan) {
		return false, nil
	}
	if number-o.next < 1<<63 && number != o.next {
		o.lost += number - o.next
		count64(c.mine.lost, o.lost)
	}
	o.next = number + 1
	c.scan = scan + size
	c.begun(0, size, n, size, c.scan)
	return true, nil
}

// passed says whether the producer has given up the record at scan.
func (c *Consumer) passed(scan uint64) bool { return int64(load64(c.other.oldest)-scan) > 0 }
