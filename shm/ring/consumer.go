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
	head uint64 // published: everything before it is given back
	next uint64 // behind the last record handed out
	last uint64 // where that record begins
	tail uint64 // the producer's position as last seen
	lazy uint64 // bytes read that may wait to be given back

	// Records found behind next and checked, but not handed out: one look at
	// shared memory and one guard serve many of them.
	found [maxFound]span
	taken int
	ready int
	scan  uint64 // behind the last record found

	private bool // hand out copies
	copied  []byte

	records uint64 // totals, the shared counters' source
	bytes   uint64
}

// span is a record in the data.
type span struct {
	off, n, end uint64 // offset of its bytes, their number, its end as a position
}

const maxFound = 32

func newConsumer(mem []byte, o Options, peer peers) (*Consumer, error) {
	c := &Consumer{}
	if err := c.init(mem, o, peer, consumerPage, producerPage); err != nil {
		return nil, err
	}
	if c.private = o.Untrusted; !c.private {
		c.lazy = (c.mask + 1) / 8
	}
	err := c.guarded(func() error {
		c.head, c.tail = load64(c.mine.position), load64(c.other.position)
		c.next, c.last, c.scan = c.head, c.head, c.head
		if c.head%8 != 0 || c.tail%8 != 0 || c.tail-c.head > c.mask+1 {
			return c.corrupt()
		}
		c.records, c.bytes = load64(c.mine.records), load64(c.mine.bytes)
		c.sit()
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
// [ErrPeerDead], [ErrCorrupt], [ErrClosed], [ErrTakenOver], a
// *sigbus.FaultError, ctx.Err().
func (c *Consumer) Next(ctx context.Context) ([]byte, error) {
	if c.taken < c.ready && c.next-c.head < c.lazy && !c.closed.Load() {
		return c.hand(), nil
	}
	return c.nextSlow(ctx)
}

// hand hands out the next record found.
func (c *Consumer) hand() []byte {
	s := &c.found[c.taken&(maxFound-1)]
	c.taken++
	c.last, c.next = c.next, s.end
	c.records++
	c.bytes += s.n
	end := s.off + s.n
	return c.data[s.off:end:end]
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
		err := c.advance()
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

// advance gives back what was handed out and finds more.
func (c *Consumer) advance() (err error) {
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
	c.giveBack(c.next)
	if c.taken == c.ready {
		err = c.find()
	}
	if err == nil && c.private {
		s := &c.found[c.taken&(maxFound-1)]
		c.copied = append(c.copied[:0], c.data[s.off:s.off+s.n]...)
	}
	done = true
	return err
}

// TryNext is Next that returns [ErrEmpty] instead of waiting.
func (c *Consumer) TryNext() ([]byte, error) {
	if err := c.advance(); err != nil {
		return nil, err
	}
	return c.handSlow(), nil
}

// TryReceive appends the next record to buf[:0] and releases it, or returns
// [ErrEmpty], or io.EOF after the producer closed. It does not wait, and
// allocates only to make buf larger.
func (c *Consumer) TryReceive(buf []byte) (_ []byte, err error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			buf, err = nil, c.faulted(recover())
		}
		c.inside.leave()
	}()
	if c.taken == c.ready {
		c.giveBack(c.next) // nobody may wait for records and withhold space
		err = c.find()
	}
	if err == nil {
		buf = append(buf[:0], c.hand()...)
		c.giveBack(c.next)
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
	_ = c.guarded(func() error { c.giveBack(c.next); return nil })
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
// [ErrClosed].
func (c *Consumer) Close() error {
	_ = c.guarded(func() error {
		if c.next-c.last < c.next-c.head { // not yet given back
			c.giveBack(c.last)
		}
		return nil
	})
	return c.end()
}
