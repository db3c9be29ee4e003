package ring

import (
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/sigbus"
)

// States of a side, in its own page.
const (
	stateNew    = 0 // nobody was ever here
	stateOpen   = 1 // somebody is, or died
	stateClosed = 2 // the last one closed
)

// page are the words of one side; only that side writes them.
type page struct {
	position *uint64
	wake     *uint32 // bumped to wake the other side
	park     *uint32 // odd while this side sleeps or is about to
	state    *uint32
	records  *uint64
	bytes    *uint64
	waits    *uint64
	wakeups  *uint64
	high     *uint64
}

func pageAt(mem []byte, at int) page {
	w64 := func(off int) *uint64 { return word64(mem, at+off) }
	w32 := func(off int) *uint32 { return word32(mem, at+off) }
	return page{
		position: w64(0), wake: w32(128), park: w32(256), state: w32(384),
		records: w64(392), bytes: w64(400), waits: w64(408), wakeups: w64(416), high: w64(424),
	}
}

// peers says whether a living process holds the other side's seat.
type peers interface {
	// alive is asked at most every checkEvery, by a waiting side.
	alive() (bool, error)
}

// side is what a producer and a consumer have in common.
type side struct {
	data     []byte // capacity bytes
	mask     uint64
	mine     page
	other    page
	peer     peers
	strategy WaitStrategy
	stay     bool // wait on for a successor of a dead peer

	closed atomic.Bool
	busy   sync.Mutex   // held during every operation: Close waits for it
	poison error        // sticky: corruption or a fault
	woken  uint32       // the park value of the other side that was woken last
	life   sync.RWMutex // read-held by Stats, so that the memory stays
	leave  func() error
}

func (s *side) init(mem []byte, o Options, peer peers, mine, other int) error {
	var h header
	var err error
	if fault := sigbus.Guard(func() { h, err = parse(mem) }); fault != nil {
		return fault
	}
	if err != nil {
		return err
	}
	s.data = mem[dataOffset : dataOffset+h.capacity : dataOffset+h.capacity]
	s.mask = h.capacity - 1
	s.mine, s.other = pageAt(mem, mine), pageAt(mem, other)
	s.peer, s.strategy, s.stay = peer, o.Wait, o.WaitForPeer
	return nil
}

// guarded runs op with faults turned into errors: the file may be truncated by
// anybody who can write it.
func (s *side) guarded(op func() error) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.run(op)
}

// run is guarded for those who hold busy.
func (s *side) run(op func() error) error {
	if s.closed.Load() {
		return ErrClosed
	}
	if s.poison != nil {
		return s.poison
	}
	var err error
	if fault := sigbus.Guard(func() { err = op() }); fault != nil {
		s.poison = fault
		return fault
	}
	return err
}

func (s *side) corrupt() error {
	s.poison = ErrCorrupt
	return ErrCorrupt
}

// add counts in a word only this side writes.
func add(w *uint64, n uint64) { store64(w, *w+n) }

func align8(n uint64) uint64 { return (n + 7) &^ 7 }
