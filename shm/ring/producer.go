package ring

import (
	"context"
	"runtime/debug"
)

// Producer is the writing side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Producer struct {
	side
	tail     uint64 // published: where the next record goes
	head     uint64 // the consumer's position as last seen
	at       uint64 // where the open reservation lies
	reserved int    // bytes of the open reservation, or -1
	longest  uint64 // bytes of the longest record
	records  uint64 // totals, the shared counters' source
	bytes    uint64
}

func newProducer(mem []byte, o Options, peer peers) (*Producer, error) {
	p := &Producer{reserved: -1}
	if err := p.init(mem, o, peer, producerPage, consumerPage); err != nil {
		return nil, err
	}
	err := p.guarded(func() error {
		p.tail, p.head = load64(p.mine.position), load64(p.other.position)
		if p.tail%8 != 0 || p.head%8 != 0 || p.tail-p.head > p.mask+1 {
			return p.corrupt()
		}
		p.records, p.bytes = load64(p.mine.records), load64(p.mine.bytes)
		p.longest = uint64(p.maxRecord())
		p.sit()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maxRecord is the length of the longest record: half the capacity always fits,
// whatever padding it needs, and its length and that of the padding need 32 bits.
func (s *side) maxRecord() int { return int(min((s.mask+1)/2, 1<<32-8) - recordHeader) }

// TrySend sends a copy of rec, or returns [ErrFull]. It does not wait and does
// not allocate.
func (p *Producer) TrySend(rec []byte) (err error) {
	if err := p.begin(); err != nil {
		return err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = p.faulted(recover())
		}
		p.inside.leave()
	}()
	n := uint64(len(rec))
	off := p.tail & p.mask
	end := off + recordHeader + align8(n)
	if p.reserved < 0 && n <= p.longest && end <= p.mask+1 && end-off+p.tail-p.head <= p.mask+1 {
		// place, claim and write, written out for a record with room behind the last.
		fill(p.data[off+recordHeader:end], rec)
		putRecord(p.data, off, n, kindData)
		p.tail += end - off
		p.records++
		p.bytes += n
		count64(p.mine.records, p.records)
		count64(p.mine.bytes, p.bytes)
		p.expose(p.tail)
		if p.wanted() {
			p.attend()
		}
	} else {
		err = p.trySlow(rec)
	}
	done = true
	return err
}

// trySlow is TrySend of a record that needs padding, a look at the consumer's
// position, or refusal.
func (p *Producer) trySlow(rec []byte) error {
	err := p.claim(len(rec))
	if err == ErrFull {
		return p.succeeded(err)
	}
	if err != nil {
		return err
	}
	fill(p.slot(), rec)
	p.write(len(rec))
	p.publish(p.tail)
	return nil
}

// Send sends a copy of rec and waits for space as long as ctx lasts. It
// allocates nothing unless it sleeps. Errors: [ErrTooLarge], [ErrPeerDead],
// [ErrUnlinked], [ErrCorrupt], [ErrClosed], [ErrReserved], [ErrTakenOver], a
// *sigbus.FaultError, ctx.Err(), and [ErrFull] under FullFail; with any of them
// nothing was sent.
func (p *Producer) Send(ctx context.Context, rec []byte) error {
	for {
		err := p.TrySend(rec)
		if err != ErrFull {
			return err
		}
		if err := p.waitRoom(ctx, len(rec)); err != nil {
			return err
		}
	}
}

// Reserve returns n bytes of the ring to be filled in place, and waits for
// space as long as ctx lasts. The slice is the caller's until Commit, Abort or
// Close. Nothing of it is seen by the consumer before Commit. Errors as for Send.
func (p *Producer) Reserve(ctx context.Context, n int) ([]byte, error) {
	for {
		if err := p.usable(); err != nil {
			return nil, err
		}
		if p.fits(n) {
			return p.slot(), nil
		}
		err := p.guarded(func() error { return p.claim(n) })
		switch {
		case err == nil:
			return p.slot(), nil
		case err != ErrFull:
			return nil, err
		}
		if err := p.waitRoom(ctx, n); err != nil {
			return nil, err
		}
	}
}

// TryReserve is Reserve that returns [ErrFull] instead of waiting.
func (p *Producer) TryReserve(n int) ([]byte, error) {
	if err := p.guarded(func() error { return p.claim(n) }); err != nil {
		return nil, err
	}
	return p.slot(), nil
}

// Commit publishes the first n bytes of the reservation as one record.
func (p *Producer) Commit(n int) (err error) {
	if err := p.begin(); err != nil {
		return err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = p.faulted(recover())
		}
		p.inside.leave()
	}()
	switch {
	case p.reserved < 0:
		err = ErrNotReserved
	case n < 0 || n > p.reserved:
		err = ErrTooLarge
	default:
		p.write(n)
		p.publish(p.tail)
	}
	done = true
	return err
}

// Abort drops the reservation; without one it does nothing.
func (p *Producer) Abort() { p.reserved = -1 }

// Close ends the stream: the consumer gets what was committed, then io.EOF. An
// open reservation is dropped. The seat is free afterwards. A second Close
// returns [ErrClosed].
func (p *Producer) Close() error { return p.end() }
