package ring

import (
	"context"
	"fmt"
	"io/fs"
	"runtime/debug"
)

// Producer is the writing side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Producer struct {
	side
	tail     uint64  // published: where the next record goes
	head     uint64  // the consumer's position as last seen
	at       uint64  // where the open reservation lies
	reserved int     // bytes of the open reservation, or -1
	longest  uint64  // bytes of the longest record
	until    uint64  // up to here there was room for records that do not wrap
	fault    uintptr // the address that post could not have
	kept     context.Context
	over     *overwriter
	carrier  carrier
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
		if p.lossy {
			p.head = load64(p.mine.oldest)
		}
		if p.tail%8 != 0 || p.head%8 != 0 || p.tail-p.head > p.mask+1 {
			return p.corrupt()
		}
		if p.lossy {
			p.over = p.overwriting(p.head)
		}
		p.until = p.tail
		p.records, p.bytes = load64(p.mine.records), load64(p.mine.bytes)
		p.longest = uint64(p.maxRecord())
		if canPost && !p.fences && !p.lossy {
			p.posts = min(longestPost, p.longest+1)
		}
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
func (s *side) maxRecord() int {
	n := int(min((s.mask+1)/2, 1<<32-8) - recordHeader)
	if s.lossy {
		n -= recordNumber
	}
	return n
}

// TrySend sends a copy of rec, or returns [ErrFull]. It does not wait and does
// not allocate.
func (p *Producer) TrySend(rec []byte) error { return p.Send(noWait, rec) }

// noWait is the context of those who do not wait.
var noWait, _ = context.WithCancel(context.Background())

// trySlow is TrySend of a record that is long, or needs padding, a look at the
// consumer's position, or refusal; and of all where there is no post.
func (p *Producer) trySlow(rec []byte) (err error) {
	if err := p.begin(); err != nil {
		return err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			p.reserved = -1
			err = p.faultedIn(recover(), rec)
		}
		p.inside.leave()
	}()
	switch err = p.put(rec); err {
	case nil:
		p.publish(p.tail)
		p.extend()
	case ErrFull:
		err = p.succeeded(err)
	}
	done = true
	return err
}

// extend says up to where post may go on from here.
func (p *Producer) extend() {
	p.until = p.tail + min(p.mask+1-p.tail&p.mask, p.head+p.mask+1-p.tail)
}

// posted is what there is to do when post met a fault, or saw that somebody wants
// something of us.
func (p *Producer) posted(result uintptr, rec []byte) error {
	if result != 1 {
		return p.trapped(result, rec)
	}
	err := p.guarded(func() error { p.attend(); return nil })
	if err == ErrClosed {
		return nil // meanwhile: the record is published
	}
	return err
}

// Send sends a copy of rec and waits for space as long as ctx lasts. It
// allocates nothing unless it sleeps. Errors: [ErrTooLarge], [ErrPeerDead],
// [ErrUnlinked], [ErrCorrupt], [ErrClosed], [ErrReserved], [ErrTakenOver], a
// *sigbus.FaultError, ctx.Err(), and [ErrFull] under FullFail; with any of them
// nothing was sent.
func (p *Producer) Send(ctx context.Context, rec []byte) error {
	if p.mask == 0 { // it never is; so the compiler knows that ctx may be kept
		p.kept = ctx
	}
	return post(p, ctx, rec)
}

// sendSlow is Send that may have to wait.
func (p *Producer) sendSlow(ctx context.Context, rec []byte) error {
	for {
		err := p.trySlow(rec)
		if err != ErrFull || ctx == noWait {
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
	switch err := p.guarded(func() error { return p.claim(n) }); err {
	case nil:
		return p.slot(), nil
	case ErrFull:
		return nil, p.full()
	default:
		return nil, err
	}
}

// Commit publishes the first n bytes of the reservation as one record. An n that is
// negative or more than was reserved is fs.ErrInvalid and leaves the reservation open.
func (p *Producer) Commit(n int) error {
	if p.posts == 0 || uint(n) > uint(p.reserved) || p.reserved < 0 || p.at != p.tail {
		return p.commitSlow(n)
	}
	if err := p.begin(); err != nil {
		return err
	}
	p.reserved = -1
	result := commit(p, uint64(n))
	p.inside.leave()
	if result != 0 {
		return p.posted(result, nil)
	}
	return nil
}

// commitSlow is Commit that knows of padding and mistakes.
func (p *Producer) commitSlow(n int) error {
	return p.guarded(func() error {
		switch {
		case p.reserved < 0:
			return ErrNotReserved
		case n < 0 || n > p.reserved:
			return p.naming(fmt.Errorf("commit %d of %d bytes reserved: %w", n, p.reserved, fs.ErrInvalid))
		}
		p.write(n)
		p.publish(p.tail)
		return nil
	})
}

// Abort drops the reservation; without one it does nothing.
func (p *Producer) Abort() { p.reserved = -1 }

// Close ends the stream: the consumer gets what was committed, then io.EOF. An
// open reservation is dropped. The seat is free afterwards. A second Close
// returns [ErrClosed]. Another goroutine may call it: an operation in flight ends
// with ErrClosed.
func (p *Producer) Close() error { return p.end(nil) }
