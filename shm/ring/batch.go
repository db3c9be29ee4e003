package ring

import (
	"context"
	"runtime/debug"
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

// flush publishes what was written, and counts it.
func (p *Producer) flush() {
	count64(p.mine.records, p.records)
	count64(p.mine.bytes, p.bytes)
	p.publish(p.tail)
}

// batch writes as many of recs as there is room for and publishes them.
func (p *Producer) batch(recs [][]byte) (n int, err error) {
	if err := p.begin(); err != nil {
		return 0, err
	}
	var rec []byte
	tail, flushed, done := p.tail, 0, false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			p.reserved = -1
			err = p.faultedIn(recover(), rec)
		}
		p.inside.leave()
		if !done && (p.poison != nil || p.guarded(func() error { p.flush(); return nil }) != nil) {
			n = flushed // those before rec went neither
		}
	}()
	for n < len(recs) {
		rec = recs[n]
		size, off := uint64(len(rec)), p.tail&p.mask
		end := off + recordHeader + align8(size)
		if p.reserved < 0 && size <= p.longest && end <= p.mask+1 && end-off+p.tail-p.head <= p.mask+1 {
			fill(p.data[off+recordHeader:end], rec) // as in TrySend
			putRecord(p.data, off, size, kindData)
			p.tail += end - off
			p.records++
			p.bytes += size
		} else if err = p.put(rec); err != nil {
			break
		}
		n++
		if p.tail-tail >= batchBytes {
			p.flush()
			tail, flushed = p.tail, n
		}
	}
	if p.tail != tail {
		p.flush()
	}
	done = true
	return n, err
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
	if c.taken == c.ready || c.closed.Load() {
		if recs[0], err = c.nextSlow(ctx); err != nil {
			return 0, err
		}
		n = 1
	}
	more := min(len(recs)-n, c.ready-c.taken)
	for i := range more {
		s := &c.found[(c.taken+i)&(maxFound-1)]
		recs[n+i] = c.data[s.off:s.end:s.end]
	}
	c.taken += more
	return n + more, nil
}
