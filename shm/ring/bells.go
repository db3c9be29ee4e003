package ring

import (
	"encoding/hex"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// bells are those of the two words that sleepers on a ring sleep on, where the
// system has no shared futex (see futex.SetBell). The zero value has none.
type bells struct {
	mine, others *uint32
	last         bool // who comes to its end removes both: nobody succeeds to a seat
}

// setBells sets them for seat i of the ring in mem, a part of r's payload. A region
// without a name has none.
func setBells(r *region.Region, mem []byte, i int) (b bells) {
	if r.Path() == "" {
		return b
	}
	var h header
	var err error
	if fault := sigbus.Guard(func() { h, err = parse(mem) }); fault != nil || err != nil {
		return b // told by who opens it
	}
	id := hex.EncodeToString(h.id[:])
	set := func(seat int, suffix string) *uint32 {
		word := pageAt(mem, pageOf(seat)).wake
		futex.SetBell(word, r.Path(), id+suffix)
		return word
	}
	p, c := set(producerSeat, "-p"), set(consumerSeat, "-c")
	if i == producerSeat {
		return bells{mine: p, others: c}
	}
	return bells{mine: c, others: p}
}

// clear lets go of them. We sleep on the other side's word: that bell is removed
// by whoever gives its seat up.
func (b bells) clear(remove bool) {
	if b.mine != nil {
		futex.ClearBell(b.mine, remove && b.last)
		futex.ClearBell(b.others, remove)
	}
}
