package ring

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime/debug"

	"github.com/absfs/shmkit/sigbus"
)

// SendBatch sends copies of recs and publishes many of them with one store; it
// waits for space as long as ctx lasts. It returns how many were sent, also with
// an error; errors are those of Send.
func (p *Producer) SendBatch(ctx context.Context, recs [][]byte) (sent int, err error) {
	for sent < len(recs) {
		n, err := p.batch(recs[sent:])
		sent += n
		switch {
		case err == nil:
		case errors.Is(err, sigbus.ErrFault) && p.poison == nil:
			// A record cannot be read. The batch was undone, those before it go.
			for ; sent < len(recs); sent++ {
				if err := p.Send(ctx, recs[sent]); err != nil {
					return sent, err
				}
			}
		case err != ErrFull:
			return sent, err
		default:
			if err := p.waitRoom(ctx, len(recs[sent])); err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// batchBytes is how much a batch gathers before the consumer may begin with it:
// more than this, and one side would wait while the other copies.
const batchBytes = 8 << 10

// batch writes as many of recs as there is room for and publishes them.
func (p *Producer) batch(recs [][]byte) (n int, err error) {
	if err := p.begin(); err != nil {
		return 0, err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			p.reserved = -1
			err = p.faultedIn(recover(), recs[n:]...)
		}
		p.inside.leave()
	}()
	for n < len(recs) && err == nil {
		run := p.run(recs[n:])
		if run == 0 {
			if err = p.put(recs[n]); err == nil {
				run = 1
			}
		}
		if run > 0 {
			p.publish(p.tail)
			n += run
		}
		if p.poison != nil && n < len(recs) { // taken over: the ring is the successor's to write
			err = p.poison
		}
	}
	p.extend()
	done = true
	return n, err
}

// run writes records for which there is room before the data's end, until they
// are worth a publication. What it has in registers a fault makes undone.
func (p *Producer) run(recs [][]byte) (n int) {
	if p.reserved >= 0 || p.over != nil {
		return 0
	}
	data, mask, longest := p.data, p.mask, p.longest
	tail, end, sum := p.tail, p.head+p.mask+1, uint64(0)
	for n < len(recs) && tail-p.tail < batchBytes {
		rec := recs[n]
		size, off := uint64(len(rec)), tail&mask
		next := recordHeader + align8(size)
		if size > longest || off+next > mask+1 || int64(end-tail-next) < 0 {
			break
		}
		if size == 8 { // the commonest of small records is not worth a call
			plain64(recordWord(data, off+recordHeader), binary.NativeEndian.Uint64(rec))
		} else {
			p.lay(data[off+recordHeader:off+next], rec)
		}
		putRecord(data, off, size, kindData)
		tail += next
		sum += size
		n++
	}
	if n == 0 {
		return 0
	}
	p.tail = tail
	p.count(uint64(n), sum)
	return n
}

// NextBatch puts the next records, in place, into recs, as many as are there
// and fit, and returns their number; it waits for the first one as long as ctx
// lasts. What is said of [Consumer.Next] holds for all of them together: they are
// valid until the next Next, NextBatch, Release or Close, and are given back then.
// Under Options.Untrusted there is one at a time. Errors are those of Next, with
// n = 0; an empty recs returns 0 and nil.
func (c *Consumer) NextBatch(ctx context.Context, recs [][]byte) (n int, err error) {
	if len(recs) == 0 {
		return 0, nil
	}
	c.inside.enter() // a Close looks at the streak when we are through
	if !c.closed.Load() {
		for n < len(recs) && c.more() {
			recs[n] = c.hand()
			n++
		}
	}
	c.inside.leave()
	switch {
	case n > 0:
		return n, nil
	case !c.private && c.over == nil:
		return c.sweepInto(ctx, recs)
	}
	if recs[0], err = c.nextSlow(ctx); err != nil {
		return 0, err
	}
	return 1, nil
}

// sweepInto is NextBatch without records found before.
func (c *Consumer) sweepInto(ctx context.Context, recs [][]byte) (n int, err error) {
	c.into, c.lot = recs, 0
	defer func() { c.into = nil }()
	for {
		_, err := c.advance(quick)
		if err != ErrEmpty {
			return c.lot, err
		}
		if err := c.waitRecord(ctx); err != nil {
			return 0, err
		}
	}
}
