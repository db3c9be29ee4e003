package ring

import "math/bits"

// overwriter is what a producer has more that overwrites the oldest records.
//
// It says which records it is about to overwrite before it does, by moving
// oldest behind them; the store is fenced, so that no byte of the new record is
// visible before it. A consumer copies a record and looks at oldest again: if
// that did not pass the record, the copy is whole.
type overwriter struct {
	oldest uint64
	draft  []byte // of the open reservation: nobody waits for its author
}

// slack is the part of the capacity that is given up at once, so that a consumer
// that jumps to the oldest record has a moment to read it.
const slack = 16

// overwriting also keeps head where it makes every record go the way of a full
// ring: the fast path of other rings needs no check for this one.
func (p *Producer) overwriting(oldest uint64) *overwriter {
	p.head = p.tail - (p.mask + 1)
	return &overwriter{oldest: oldest}
}

func (o *overwriter) reserve(n int) {
	if n > len(o.draft) {
		o.draft = make([]byte, 1<<bits.Len(uint(n)))
	}
}

func (o *overwriter) put(p *Producer, rec []byte) error {
	switch {
	case p.reserved >= 0:
		return ErrReserved
	case len(rec) > p.maxRecord():
		return p.tooLarge(len(rec))
	}
	o.write(p, rec)
	return nil
}

// write writes rec over whatever is there, not yet visible.
func (o *overwriter) write(p *Producer, rec []byte) {
	n := uint64(len(rec))
	need := recordHeader + recordNumber + align8(n)
	at := p.tail
	if left := p.mask + 1 - at&p.mask; need > left {
		at += left
	}
	end := at + need
	if end-o.oldest > p.mask+1 {
		o.giveUp(p, end-(p.mask+1))
	}
	if at != p.tail {
		publish64(recordWord(p.data, p.tail&p.mask), (at-p.tail-recordHeader)|kindPad<<32)
	}
	off := at & p.mask
	fillWords(p.data[off+recordHeader+recordNumber:off+need], rec)
	publish64(recordWord(p.data, off+recordHeader), p.records)
	publish64(recordWord(p.data, off), n|kindData<<32)
	p.tail, p.head = end, end-(p.mask+1)
	p.reserved = -1
	p.count(1, n)
}

// giveUp moves oldest to a record's begin at or behind until. What it reads of
// the records it wrote is checked: where it makes no sense, all of them go.
func (o *overwriter) giveUp(p *Producer, until uint64) {
	until = min(until-o.oldest+(p.mask+1)/slack, p.tail-o.oldest) + o.oldest
	for int64(until-o.oldest) > 0 {
		word := load64(recordWord(p.data, o.oldest&p.mask))
		size := recordHeader + align8(word&0xffffffff)
		switch uint32(word >> 32) {
		case kindPad:
		case kindData:
			size += recordNumber
		default:
			size = p.mask + 1
		}
		o.oldest += min(size, p.tail-o.oldest)
	}
	fenced64(p.mine.oldest, o.oldest)
}
