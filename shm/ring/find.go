package ring

import (
	"io"

	"github.com/absfs/shmkit/internal/cpu"
)

// find looks for records behind scan; ErrEmpty without one, io.EOF when there
// will be none.
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
	if c.into != nil {
		return c.sweep()
	}
	return c.gather()
}

// seek is find for who would wait for records anyway. A consumer that has all
// records as soon as they are published takes the cache lines of position and
// records away from the producer all the time: where it met several at its last
// look it lets more of them come first.
func (c *Consumer) seek(patience int) error {
	abreast, scan := c.scan == c.tail, c.scan
	if abreast {
		if c.alone() && c.ventures() {
			c.pace = c.paceLimit
		}
		cpu.Pause(c.pace)
	}
	err := c.find()
	switch {
	case err == ErrEmpty:
		c.pace /= 2
		return c.expect(patience)
	case err == nil && abreast:
		c.adapt(c.tail - scan)
	}
	return err
}

const (
	// A distance to the producer at which the two touch different lines, and so many
	// records that what they share costs little for each.
	farBehind  = 32 << 10
	manyBehind = 64

	// longRecord is the length of records that take a producer about as long as the
	// lines do that both sides share.
	longRecord = 512

	leap = 4 // times as many pauses
)

// adapt chooses the pauses before the next look, after one that found so many bytes.
// Up to paceLimit there are the more of them the oftener several records came. More
// than that only a stream gets, of which more comes the longer one waits, and not
// the part of a dialogue that has several records.
func (c *Consumer) adapt(came uint64) {
	switch {
	case c.lot == 1:
		c.pace /= 2
		if c.run.length >= longRecord {
			c.pace = 0
		}
	case came >= farBehind && came >= manyBehind*c.run.size:
		c.pace /= 2
	case c.pace < c.paceLimit:
		c.pace, c.came = min(2*c.pace+1, c.paceLimit), came
	case c.pace == c.paceLimit:
		if c.came = came; c.ventures() {
			c.pace = leap * c.paceLimit
		}
	case came >= c.came+c.came/2:
		c.pace, c.every = leap*c.paceLimit, 0
	default:
		c.pace = c.paceLimit
	}
}

// alone says whether long records are met one by one.
func (c *Consumer) alone() bool {
	return c.lot == 1 && c.pace == 0 && c.run.length >= longRecord
}

// ventures says whether to let more records come than their number has shown to be
// worth while, for once. Who meets them one by one, or two by two, cannot know
// otherwise whether they are all there was to say, or a stream it keeps too close
// to. It is the rarer the oftener it was in vain.
func (c *Consumer) ventures() bool {
	if c.looked++; c.looked < c.every || c.paceLimit == 0 {
		return false
	}
	c.looked, c.every = 0, min(max(2*c.every, 16), 1<<12)
	return true
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
	if depth <= c.deep {
		return
	}
	c.deep = depth
	if depth > load64(c.mine.highWater) {
		count64(c.mine.highWater, depth)
	}
}

// nothing is why there is no record.
func (c *Consumer) nothing(state uint32) error {
	switch {
	case c.ends(state):
		c.told = c.ending()
		return io.EOF
	case c.bereaved != nil:
		err := c.bereaved
		c.bereaved = nil
		return err
	}
	return ErrEmpty
}

// ends says whether a producer in that state closed, and it is news: a consumer that
// closed after it was told had seen the last of that producer, and its successor waits
// for the next one.
func (c *Consumer) ends(state uint32) bool {
	return state == stateClosed && (c.known == 0 || c.ending() != c.known)
}

// ending tells the end of a producer that closed from those of others: it sent
// something since, or closed later.
func (c *Consumer) ending() uint64 { return load64(c.other.active) + c.tail }

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
		cpu.Pause(max(c.gap, 1)) // without one a look hinders the other thread of the core, or the line on its way
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

// giveBack lets the producer overwrite everything before position, the end of
// the last record handed out.
func (c *Consumer) giveBack(position uint64) {
	if c.head == position {
		return
	}
	c.head = position
	c.tally()
	count64(c.mine.records, c.records)
	count64(c.mine.bytes, c.bytes)
	c.publish(position)
	if c.poison != nil { // taken over: what was found and not handed out is the successor's
		c.forget()
	}
}
