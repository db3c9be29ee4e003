package ring

import (
	"fmt"
	"io/fs"
)

// place finds room for n bytes: where the record lies and where it ends. A
// record never wraps; padding takes it to the data's begin.
func (p *Producer) place(n int) (at, end uint64) {
	need := recordHeader + align8(uint64(n))
	at = p.tail
	if left := p.mask + 1 - at&p.mask; need > left {
		at += left
	}
	return at, at + need
}

// fits opens a reservation when that needs no look at shared memory.
func (p *Producer) fits(n int) bool {
	if p.reserved >= 0 || uint(n) > uint(p.maxRecord()) {
		return false
	}
	at, end := p.place(n)
	if end-p.head > p.mask+1 {
		return false
	}
	p.at, p.reserved = at, n
	return true
}

// claim opens a reservation of n bytes: ErrFull when there is no room.
func (p *Producer) claim(n int) error {
	if p.fits(n) {
		return nil
	}
	switch {
	case p.reserved >= 0:
		return ErrReserved
	case n < 0:
		return p.naming(fmt.Errorf("%d bytes: %w", n, fs.ErrInvalid))
	case n > p.maxRecord():
		return p.tooLarge(n)
	}
	if p.over != nil {
		p.over.reserve(n)
		p.reserved = n
		return nil
	}
	if err := p.look(); err != nil {
		return err
	}
	if !p.fits(n) {
		return ErrFull
	}
	return nil
}

func (p *Producer) tooLarge(n int) error {
	return p.naming(fmt.Errorf("%d bytes, of %d at most: %w", n, p.maxRecord(), ErrTooLarge))
}

// look reads the consumer's position. It may move from where we saw it up to
// what we published, in steps of records.
func (p *Producer) look() error {
	head := load64(p.other.position)
	if head%8 != 0 || head-p.head > p.tail-p.head {
		return p.corrupt()
	}
	p.head = head
	return nil
}

// put writes rec behind the last record, not yet visible.
func (p *Producer) put(rec []byte) error {
	if p.over != nil {
		return p.over.put(p, rec)
	}
	if err := p.claim(len(rec)); err != nil {
		return err
	}
	p.lay(p.slot(), rec)
	p.write(len(rec))
	return nil
}

// slot is the memory of the open reservation.
func (p *Producer) slot() []byte {
	if p.over != nil {
		return p.over.draft[:p.reserved:p.reserved]
	}
	off := p.at&p.mask + recordHeader
	end := off + uint64(p.reserved)
	return p.data[off:end:end]
}

// write completes the record at the reservation, not yet visible.
func (p *Producer) write(n int) {
	if p.over != nil {
		p.over.write(p, p.over.draft[:n])
		return
	}
	if p.at != p.tail {
		putRecord(p.data, p.tail&p.mask, p.at-p.tail-recordHeader, kindPad)
	}
	putRecord(p.data, p.at&p.mask, uint64(n), kindData)
	p.tail = p.at + recordHeader + align8(uint64(n))
	p.reserved = -1
	p.count(1, uint64(n))
}

// count counts records and their bytes, before they are visible: who sees a record
// sees it counted. Post counts in shared memory only.
func (p *Producer) count(records, bytes uint64) {
	if p.posts > 0 {
		p.records, p.bytes = load64(p.mine.records), load64(p.mine.bytes)
	}
	p.records += records
	p.bytes += bytes
	count64(p.mine.records, p.records)
	count64(p.mine.bytes, p.bytes)
}
