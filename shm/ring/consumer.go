package ring

import (
	"context"
	"io"
	"iter"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/cpu"
)

// Consumer is the reading side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Consumer struct {
	side

	// Records found and checked: one look at shared memory and one guard serve
	// many of them.
	run     streak  // the records handed out now
	at      uint64  // the offset of the next one's bytes
	counted uint64  // that of the first one's that is in no total yet
	start   uint64  // the position where they begin, or the padding before them
	later   streaks // those behind them

	head uint64 // published: everything before it is given back
	scan uint64 // behind the last record found
	tail uint64 // the producer's position as last seen
	lazy uint64 // bytes read that may wait to be given back

	gap       uint32 // pauses before each look of expect
	gapLimit  uint32
	pace      uint32 // pauses before a look for more than was seen last
	paceLimit uint32
	came      uint64 // bytes found by a look after no more than paceLimit
	looked    uint32 // looks since it ventured more
	every     uint32 // after so many it does

	into [][]byte // where NextBatch wants its records
	lot  int      // how many records were found last
	deep uint64   // the greatest depth it told

	bereaved error  // why waiting is in vain, as a poller found: said once
	known    uint64 // heard, when this consumer came
	told     uint64 // which end it was told of; 0: none

	over    *overtaken
	private bool // hand out copies
	copied  []byte

	records uint64 // totals, the shared counters' source
	bytes   uint64
}

func newConsumer(mem []byte, o Options, peer peers) (*Consumer, error) {
	c := &Consumer{}
	if err := c.init(mem, o, peer, consumerPage, producerPage); err != nil {
		return nil, err
	}
	c.gapLimit = spinGap
	if o.Wait != WaitSpin {
		c.gapLimit = maxGap
		if looks > 0 {
			c.paceLimit = maxPace
		}
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
		c.known = load64(c.mine.heard)
		if c.lossy {
			c.follow()
		}
		if canGlance && !c.fences && !c.lossy && !c.private {
			c.posts = 1
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
	c.inside.enter() // a Close looks at the streak when we are through
	if c.closed.Load() || c.at >= c.run.stop {
		c.inside.leave()
		return c.nextSlow(ctx)
	}
	rec := c.hand()
	c.inside.leave()
	return rec, nil
}

// nextSlow is Next that has to begin another streak, or to find one.
func (c *Consumer) nextSlow(ctx context.Context) ([]byte, error) {
	var rec []byte
	c.inside.enter()
	more := !c.closed.Load() && c.more()
	if more {
		rec = c.hand()
	}
	c.inside.leave()
	if more {
		return rec, nil
	}
	for {
		rec, found, patience := c.prompt()
		if found {
			return rec, nil
		}
		rec, err := c.advance(patience)
		if err != ErrEmpty {
			return rec, err
		}
		if err := c.waitRecord(ctx); err != nil {
			return nil, err
		}
	}
}

// advance gives back what was handed out, finds more, after some patience, and
// hands out the first of it, unless NextBatch has it already.
func (c *Consumer) advance(patience int) (rec []byte, err error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			rec, err = nil, c.faulted(recover())
		}
		c.inside.leave()
	}()
	c.giveBack(c.read())
	if !c.more() {
		if patience > 0 {
			err = c.seek(patience)
		} else {
			err = c.find()
		}
	}
	if err == nil && c.into == nil {
		if rec = c.hand(); c.private {
			c.copied = append(c.copied[:0], rec...)
			rec = c.copied[:len(c.copied):len(c.copied)]
		}
	}
	done = true
	return rec, err
}

// TryNext is Next that returns [ErrEmpty] instead of waiting.
func (c *Consumer) TryNext() ([]byte, error) {
	return c.advance(0)
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
	handed, done := false, false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			if err = c.faultedIn(recover(), buf[:cap(buf)]); c.poison == nil && handed {
				c.keep()
			}
			buf = nil
		}
		c.inside.leave()
	}()
	if !c.more() {
		c.giveBack(c.read()) // nobody may wait for records and withhold space
		err = c.find()
	}
	if err == nil {
		rec := c.hand()
		handed = true
		buf = appendRecord(buf[:0], rec)
		c.giveBack(c.read())
	} else {
		buf = nil
	}
	done = true
	return buf, err
}

// appendRecord appends rec to buf, which is empty.
func appendRecord(buf, rec []byte) []byte {
	if n := len(rec); n >= cpu.Long && n <= cap(buf) {
		return buf[:cpu.Copy(buf[:n], rec)]
	}
	return append(buf, rec...)
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
		if c.at != c.run.off && c.read() != c.head { // the last one was not given back
			c.keep()
			c.giveBack(c.read())
		}
		if c.told != 0 {
			count64(c.mine.heard, c.told)
		}
	})
}
