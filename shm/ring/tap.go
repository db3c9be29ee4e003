package ring

import (
	"errors"
	"slices"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// A Tap reads along without a seat: it sees records that the consumer has not
// given back, takes nothing away, and writes nothing. The ring does not wait
// for it, so that it misses what a quick consumer gives back before the tap
// came by. Of a ring made with FullOverwrite it sees what was not overwritten yet,
// whatever the consumer does: any number of taps are as many readers. Its methods
// are for one goroutine at a time.
type Tap struct {
	r        *region.Region
	data     []byte
	mask     uint64
	producer page
	bound    *uint64 // everything before this position may be overwritten
	front    uint64  // bytes before those of a record
	at       uint64
}

// OpenTap attaches to the named ring, reading only, at the oldest record that
// was not given back. Errors are those of [Inspect].
func OpenTap(name string, o *Options) (*Tap, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, named("tap", name, err)
	}
	r, err := region.Open(name, &region.Options{Dir: opts.Dir, ReadOnly: true, AnyOwner: opts.AnyOwner, Kind: kind, Version: formatVersion})
	if err != nil {
		return nil, err
	}
	mem := r.Bytes()
	t := &Tap{r: r, producer: pageAt(mem, producerPage), bound: pageAt(mem, consumerPage).position, front: recordHeader}
	fault := sigbus.Guard(func() {
		var h header
		if h, err = parse(mem); err == nil {
			t.data, t.mask = mem[dataOffset:dataOffset+h.capacity:dataOffset+h.capacity], h.capacity-1
			if h.lossy {
				t.bound, t.front = t.producer.oldest, recordHeader+recordNumber
			}
			t.at = load64(t.bound)
		}
	})
	if err := errors.Join(fault, err); err != nil {
		return nil, errors.Join(named("tap", where(r), err), r.Close())
	}
	return t, nil
}

// Close detaches. It must not meet a TryRead.
func (t *Tap) Close() error { return t.r.Close() }

// laps bounds how often a Tap is overtaken before it gives up for a while.
const laps = 1000

// TryRead appends a copy of the next record to buf[:0]. missed is how many
// bytes of the ring, headers and padding included, were given back before they
// could be read. Errors: [ErrEmpty] when there is nothing yet, [ErrCorrupt], a
// fault. It does not wait: overtaken again and again it says [ErrEmpty] and what
// was missed until then.
func (t *Tap) TryRead(buf []byte) (rec []byte, missed uint64, err error) {
	fault := sigbus.Guard(func() {
		for range laps {
			from := t.at
			var kind uint32
			rec, kind, err = t.read(buf)
			// Until it is given back, nobody writes where a record is. A read that
			// was overtaken may have seen anything: it does not count.
			if head := load64(t.bound); head > from {
				missed += head - from
				t.at = head
				continue
			}
			if err != nil || kind == kindData {
				return
			}
		}
		rec, err = nil, ErrEmpty
	})
	if fault != nil {
		return nil, missed, fault
	}
	if err == ErrCorrupt {
		err = named("tap", t.r.Path(), err)
	}
	return rec, missed, err
}

// read copies the record at t.at and steps over it.
func (t *Tap) read(buf []byte) ([]byte, uint32, error) {
	tail := load64(t.producer.position)
	if tail == t.at {
		return nil, 0, ErrEmpty
	}
	span := tail - t.at
	off := t.at & t.mask
	if t.at%8 != 0 || span > t.mask+1 || span < recordHeader {
		return nil, 0, ErrCorrupt
	}
	word := load64(recordWord(t.data, off))
	n, kind := word&0xffffffff, uint32(word>>32)
	front := t.front
	if kind == kindPad {
		front = recordHeader
	}
	end := off + front + align8(n)
	if kind != kindData && kind != kindPad || end-off > span || end > t.mask+1 {
		return nil, 0, ErrCorrupt
	}
	t.at += end - off
	if kind == kindPad {
		return nil, kind, nil
	}
	buf = slices.Grow(buf[:0], int(n))[:n]
	copyWords(buf, t.data[off+front:end])
	return buf, kind, nil
}

// Closed reports whether the producer closed the ring and everything it sent
// was read or missed.
func (t *Tap) Closed() (closed bool) {
	// After a fault TryRead says what is wrong.
	_ = sigbus.Guard(func() {
		closed = load32(t.producer.state) == stateClosed && load64(t.producer.position) == t.at
	})
	return closed
}
