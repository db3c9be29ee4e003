package ring

import (
	"context"
	"io"
	"iter"
	"runtime/debug"
)

// Consumer is the reading side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Consumer struct {
	side

	// Records found and checked, those before taken handed out: one look at
	// shared memory and one guard serve many of them.
	taken int
	ready int
	found [maxFound]span
	start uint64 // where the first of them begins, or its padding

	head uint64 // published: everything before it is given back
	scan uint64 // behind the last record found
	tail uint64 // the producer's position as last seen
	lazy uint64 // bytes read that may wait to be given back

	gap      uint32 // pauses before each look of expect
	gapLimit uint32

	bereaved error // why waiting is in vain, as a poller found: said once

	over    *overtaken
	private bool // hand out copies
	copied  []byte

	records uint64 // totals before found, the shared counters' source
	bytes   uint64
}

// span is a record in the data: the offsets of its bytes, their number up to it
// among those found, and its end as a position.
type span struct{ off, end, sum, position uint64 }

const maxFound = 32

func newConsumer(mem []byte, o Options, peer peers) (*Consumer, error) {
	c := &Consumer{}
	if err := c.init(mem, o, peer, consumerPage, producerPage); err != nil {
		return nil, err
	}
	c.gapLimit = maxGap
	if o.Wait == WaitSpin {
		c.gapLimit = spinGap
	}
	if c.private = o.Untrusted; !c.private {
		c.lazy = (c.mask + 1) / 8
	}
	err := c.guarded(func() error {
		c.head, c.tail = load64(c.mine.position), load64(c.other.position)
		c.start, c.scan = c.head, c.head
		if c.head%8 != 0 || c.tail%8 != 0 || c.tail-c.head > c.mask+1 && !c.lossy {
			return c.corrupt()
		}
		c.records, c.bytes = load64(c.mine.records), load64(c.mine.bytes)
		if c.lossy {
			c.follow()
		}
		c.sit()
		c.deepest(min(c.tail-c.head, c.mask+1))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Next returns the next record in place and waits for it as long as ctx lasts.
// The slice is valid until the next Next, Release or Close. The records before
// it are given back to the producer, soon: call Release to do it at once. Next
// allocates nothing unless it sleeps or, under Options.Untrusted, its copy has
// to grow. Errors: io.EOF after the producer closed and everything was read,
// [ErrPeerDead], [ErrUnlinked], [ErrCorrupt], [ErrClosed], [ErrTakenOver], a
// *sigbus.FaultError, ctx.Err().
func (c *Consumer) Next(ctx context.Context) ([]byte, error) {
	if c.taken < c.ready && !c.closed.Load() {
		return c.hand(), nil
	}
	return c.nextSlow(ctx)
}

// hand hands out the next record found.
func (c *Consumer) hand() []byte {
	s := &c.found[c.taken&(maxFound-1)]
	c.taken++
	return c.data[s.off:s.end:s.end]
}

// read is the position behind the last record handed out.
func (c *Consumer) read() uint64 {
	if c.taken == 0 {
		return c.start
	}
	return c.found[c.taken-1].position
}

// handSlow is hand that knows of private copies.
func (c *Consumer) handSlow() []byte {
	rec := c.hand()
	if c.private {
		return c.copied[:len(c.copied):len(c.copied)]
	}
	return rec
}

func (c *Consumer) nextSlow(ctx context.Context) ([]byte, error) {
	for {
		err := c.advance(quick)
		if err == nil {
			return c.handSlow(), nil
		}
		if err != ErrEmpty {
			return nil, err
		}
		if err := c.waitRecord(ctx); err != nil {
			return nil, err
		}
	}
}

// advance gives back what was handed out and finds more, after some patience.
func (c *Consumer) advance(patience int) (err error) {
	if err := c.begin(); err != nil {
		return err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = c.faulted(recover())
		}
		c.inside.leave()
	}()
	c.giveBack(c.read())
	if c.taken == c.ready {
		if err = c.find(); err == ErrEmpty && patience > 0 {
			err = c.expect(patience)
		}
	}
	if err == nil && c.private {
		s := &c.found[c.taken&(maxFound-1)]
		c.copied = append(c.copied[:0], c.data[s.off:s.end]...)
	}
	done = true
	return err
}

// TryNext is Next that returns [ErrEmpty] instead of waiting.
func (c *Consumer) TryNext() ([]byte, error) {
	if err := c.advance(0); err != nil {
		return nil, err
	}
	return c.handSlow(), nil
}

// TryReceive appends the next record to buf[:0] and releases it, or returns
// [ErrEmpty], or io.EOF after the producer closed. It does not wait, and
// allocates only to make buf larger.
//
// A fault in buf itself leaves the consumer as it was.
func (c *Consumer) TryReceive(buf []byte) (_ []byte, err error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	taken, done := -1, false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			if err = c.faultedIn(recover(), buf[:cap(buf)]); c.poison == nil && taken >= 0 {
				c.taken = taken
			}
			buf = nil
		}
		c.inside.leave()
	}()
	if c.taken == c.ready {
		c.giveBack(c.read()) // nobody may wait for records and withhold space
		err = c.find()
	}
	if err == nil {
		taken = c.taken
		buf = append(buf[:0], c.hand()...)
		c.giveBack(c.read())
	} else {
		buf = nil
	}
	done = true
	return buf, err
}

// Receive is TryReceive that waits for a record as long as ctx lasts.
func (c *Consumer) Receive(ctx context.Context, buf []byte) ([]byte, error) {
	for {
		rec, err := c.TryReceive(buf)
		if err != ErrEmpty {
			return rec, err
		}
		if err := c.waitRecord(ctx); err != nil {
			return nil, err
		}
	}
}

// Release gives the space of everything that was read back to the producer.
func (c *Consumer) Release() {
	_ = c.guarded(func() error { c.giveBack(c.read()); return nil })
}

// All ranges over the records until the producer closes. The bytes are valid
// until the next turn. An error other than io.EOF is the last pair.
func (c *Consumer) All(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			rec, err := c.Next(ctx)
			if err == io.EOF || !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Close gives up the seat. The record handed out last, unless it was released,
// and those behind it stay for the next consumer. A second Close returns
// [ErrClosed]. Another goroutine may call it: an operation in flight ends with
// ErrClosed, and bytes handed out are valid no more.
func (c *Consumer) Close() error {
	return c.end(func() {
		if c.taken > 0 && c.read() != c.head { // the last one was not given back
			c.taken--
			c.giveBack(c.read())
		}
	})
}
