package ring

import (
	"context"
	"encoding/binary"
)

// Producer is the writing side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Producer struct {
	side
	tail     uint64 // where the next record goes, published
	head     uint64 // the consumer's position as last seen
	at       uint64 // where the open reservation starts
	reserved int    // bytes of the open reservation, or -1
}

func newProducer(mem []byte, o Options, peer peers) (*Producer, error) {
	p := &Producer{reserved: -1}
	if err := p.init(mem, o, peer, producerPage, consumerPage); err != nil {
		return nil, err
	}
	err := p.guarded(func() error {
		p.tail = load64(p.mine.position)
		p.head = load64(p.other.position)
		if p.tail%8 != 0 || p.head%8 != 0 || p.tail-p.head > p.mask+1 {
			return p.corrupt()
		}
		store32(p.mine.park, load32(p.mine.park)&^1)
		store32(p.mine.state, stateOpen)
		p.ring()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maxRecord is the length of the longest record.
func (s *side) maxRecord() int { return int((s.mask+1)/2) - recordHeader }

// place finds room for n bytes: the position of the record and of its end. A
// record never wraps: padding takes it to the data's begin.
func (p *Producer) place(n int) (at, end uint64) {
	need := recordHeader + align8(uint64(n))
	at = p.tail
	if left := p.mask + 1 - at&p.mask; need > left {
		at += left
	}
	return at, at + need
}

// room says whether the consumer gave back everything before end.
func (p *Producer) room(end uint64) (bool, error) {
	if end-p.head <= p.mask+1 {
		return true, nil
	}
	head := load64(p.other.position)
	if head%8 != 0 || head-p.head > p.tail-p.head {
		return false, p.corrupt()
	}
	p.head = head
	return end-head <= p.mask+1, nil
}

// reserve opens a reservation; ErrFull when there is no room.
func (p *Producer) reserve(n int) ([]byte, error) {
	if p.reserved >= 0 {
		return nil, ErrReserved
	}
	if n < 0 || n > p.maxRecord() {
		return nil, ErrTooLarge
	}
	at, end := p.place(n)
	ok, err := p.room(end)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrFull
	}
	p.at, p.reserved = at, n
	off := at&p.mask + recordHeader
	return p.data[off : off+uint64(n) : off+uint64(n)], nil
}

// commit publishes the first n bytes of the reservation.
func (p *Producer) commit(n int) error {
	if p.reserved < 0 {
		return ErrNotReserved
	}
	if n < 0 || n > p.reserved {
		return ErrTooLarge
	}
	p.write(n)
	p.publish()
	return nil
}

// write completes the record at the reservation, not yet visible.
func (p *Producer) write(n int) {
	if p.at != p.tail {
		putRecord(p.data[p.tail&p.mask:], p.at-p.tail-recordHeader, kindPad)
	}
	putRecord(p.data[p.at&p.mask:], uint64(n), kindData)
	p.tail = p.at + recordHeader + align8(uint64(n))
	p.reserved = -1
	// The counters come before the record: whoever sees it sees it counted.
	add(p.mine.records, 1)
	add(p.mine.bytes, uint64(n))
	if depth := p.tail - p.head; depth > *p.mine.high {
		store64(p.mine.high, depth)
	}
}

// publish makes every written record visible and wakes the consumer.
func (p *Producer) publish() {
	// A consumer that sees this tail sees every byte before it.
	store64(p.mine.position, p.tail)
	p.ring()
}

func putRecord(data []byte, n uint64, kind uint32) {
	binary.LittleEndian.PutUint64(data, n|uint64(kind)<<32)
}

// TrySend sends a copy of rec, or returns ErrFull. It does not wait and does
// not allocate.
func (p *Producer) TrySend(rec []byte) error {
	return p.guarded(func() error { return p.send(rec) })
}

func (p *Producer) send(rec []byte) error {
	buf, err := p.reserve(len(rec))
	if err != nil {
		return err
	}
	copy(buf, rec)
	return p.commit(len(rec))
}

// Send sends a copy of rec and waits for space as long as ctx lasts.
func (p *Producer) Send(ctx context.Context, rec []byte) error {
	buf, err := p.Reserve(ctx, len(rec))
	if err != nil {
		return err
	}
	return p.guarded(func() error {
		copy(buf, rec)
		return p.commit(len(rec))
	})
}

// Reserve returns n bytes of the ring to be filled in place, and waits for
// space as long as ctx lasts. The slice is the caller's until Commit or Abort.
// Nothing of it is seen by the consumer before Commit.
func (p *Producer) Reserve(ctx context.Context, n int) ([]byte, error) {
	var buf []byte
	try := func() (err error) { buf, err = p.reserve(n); return err }
	err := p.guarded(try)
	if err == ErrFull {
		err = p.wait(ctx, ErrFull, try)
	}
	return buf, err
}

// SendBatch sends copies of recs and publishes them with one store as far as
// they fit at once; it waits for space as long as ctx lasts. It returns how many
// were sent, also with an error.
func (p *Producer) SendBatch(ctx context.Context, recs [][]byte) (sent int, err error) {
	for sent < len(recs) {
		n := 0
		err := p.guarded(func() (err error) {
			n, err = p.batch(recs[sent:])
			return err
		})
		sent += n
		if err == ErrFull {
			err = p.Send(ctx, recs[sent])
			if err == nil {
				sent++
			}
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// batch writes as many of recs as there is room for and publishes them.
func (p *Producer) batch(recs [][]byte) (n int, err error) {
	for _, rec := range recs {
		var buf []byte
		if buf, err = p.reserve(len(rec)); err != nil {
			break
		}
		copy(buf, rec)
		p.write(len(rec))
		n++
	}
	if n > 0 {
		p.publish()
	}
	return n, err
}

// Commit publishes the first n bytes of the reservation as one record.
func (p *Producer) Commit(n int) error {
	return p.guarded(func() error { return p.commit(n) })
}

// Abort drops the reservation; without one it does nothing.
func (p *Producer) Abort() { p.reserved = -1 }

// Close ends the stream: the consumer gets what was committed, then io.EOF. The
// seat is free afterwards.
func (p *Producer) Close() error { return p.end() }
