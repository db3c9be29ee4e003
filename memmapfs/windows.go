package memmapfs

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/trap"
)

// windows shows a file through a few ranges of equal size that slide over it.
//
// The addresses are one reservation (slab) cut into slots, so that sliding
// replaces what a slot shows and never moves it. Readers of a slot take no
// lock: they note its generation, copy, and look again; a copy during which the
// slot slid is thrown away. Writers hold the slot's lock shared, which keeps it
// from sliding. On platforms where a slot's address changes (no mapping over a
// reservation) readers hold the lock as well.
type windows struct {
	f     *MappedFile
	size  int64
	huge  int64    // bytes of a page of hugetlbfs, elsewhere 0
	slab  *mapping // nil where slots move
	slots []slot
	shift uint8 // log2 of size if it is a power of two, else 0

	hints    []atomic.Pointer[slot] // by window number; may be stale, never nil
	hintMask uint64
	cold     *blockSet   // blocks of the file touched before; nil: never cold
	hits     trap.Counts // those that hit of the file's counters does not count
	alone    atomic.Bool // the system takes no advice about windows to come

	mu      sync.Mutex // held to choose a slot; not while the system works
	byIndex map[int64]*slot
	hand    int   // of the clock that finds a slot unused for long
	latest  int64 // window that slid in last
	closed  bool
	why     error // the system refused a window last
}

// slot is one place for a window. Index, start and gen change only with mu held
// alone, by hide and present: a reader who finds the index or the start he wants
// after loading gen, and the same gen after his copy, has copied from that window.
type slot struct {
	gen   atomic.Uint64
	index atomic.Int64  // window shown, none when it shows nothing
	start atomic.Int64  // its first byte's offset in the file, nowhere when it shows nothing
	warm  atomic.Int64  // the window's beginning that has been touched before
	used  atomic.Uint32 // inUse: looked at since the clock's hand passed; else 0
	data  []byte
	mu    sync.RWMutex
	_     [64]byte
}

const (
	none    = -1
	nowhere = math.MaxInt64
	inUse   = math.MaxUint32
)

// blank fills hints that lead nowhere yet.
var blank = func() *slot {
	s := new(slot)
	s.hide()
	return s
}()

// hide comes before s shows something else.
func (s *slot) hide() {
	s.start.Store(nowhere)
	s.index.Store(none)
	s.gen.Add(1)
}

// present tells readers that s shows window index, which begins at start.
func (s *slot) present(index, start int64) {
	s.index.Store(index)
	s.start.Store(start)
}

// openWindows prepares windows of about size bytes, at most as many as asked
// for, fewer when addresses are short.
func (f *MappedFile) openWindows(size int64, count int) (*windows, error) {
	kind := mmap.KindOf(f.native)
	size = roundUp(size, max(int64(mmap.Granularity()), int64(kind.HugePage)))
	f.locked.Store(f.wholePages()) // from here on windows lock what they show
	w := &windows{f: f, size: size, huge: int64(kind.HugePage), byIndex: make(map[int64]*slot), latest: none - 1}
	if !f.cfg.ColdFaults && !kind.InMemory {
		w.cold = &blockSet{shift: coldShift}
	}
	if err := w.reserve(count); err != nil {
		return nil, err
	}
	hints := 4
	for hints < 4*len(w.slots) {
		hints *= 2
	}
	w.hints = make([]atomic.Pointer[slot], hints)
	for i := range w.hints {
		w.hints[i].Store(blank)
	}
	w.hintMask = uint64(hints - 1)
	if size&(size-1) == 0 {
		w.shift = uint8(bits.TrailingZeros64(uint64(size)))
	}
	first := int64(0)
	if w.slab != nil && w.huge > 0 {
		first = roundUp(int64(mmap.Address(w.slab.data)), w.huge) - int64(mmap.Address(w.slab.data))
	}
	for i := range w.slots {
		s := &w.slots[i]
		s.hide()
		if w.slab != nil {
			at := first + int64(i)*size
			s.data = w.slab.data[at : at+size : at+size]
		}
	}
	return w, nil
}

func (w *windows) reserve(count int) error {
	for {
		if !mmap.Coherent {
			w.slots = make([]slot, count)
			return nil
		}
		var data []byte
		err := errTooLarge
		if w.size <= (maxInt-w.huge)/int64(count) {
			data, err = mmap.Reserve(int(w.size)*count + int(w.huge)) // to begin on a huge page
		}
		if err == nil {
			w.slots = make([]slot, count)
			w.slab = newMapping(data, w.f.access.write, nil, func() {})
			return nil
		}
		if count == 1 {
			return err
		}
		count /= 2
	}
}

// hinted returns the slot that probably shows window index.
func (w *windows) hinted(index int64) *slot {
	h := uint64(index) & w.hintMask
	if s := w.hints[h].Load(); s.index.Load() == index {
		return s
	}
	if s := w.hints[h^1].Load(); s.index.Load() == index {
		return s
	}
	return nil
}

// hint makes hinted find s for window index, in the place of an entry that has
// become stale if there is one.
func (w *windows) hint(index int64, s *slot) {
	h := uint64(index) & w.hintMask
	for _, at := range [2]uint64{h, h ^ 1} {
		if old := w.hints[at].Load(); old == s || !w.belongs(old, at) {
			w.hints[at].Store(s)
			return
		}
	}
	w.hints[h].Store(s)
}

// belongs reports whether the entry old at place at still leads anywhere.
func (w *windows) belongs(old *slot, at uint64) bool {
	index := old.index.Load()
	h := uint64(index) & w.hintMask
	return index != none && (at == h || at == h^1)
}

// locate returns the window that holds off and where in it off lies.
func (w *windows) locate(off int64) (index, start int64) {
	if w.shift != 0 {
		return off >> (w.shift & 63), off & (w.size - 1)
	}
	index = off / w.size
	return index, off - index*w.size
}

// covers reports whether the slot shows n bytes from start of its window.
func (s *slot) covers(start int64, n int) bool { return start+int64(n) <= int64(len(s.data)) }
