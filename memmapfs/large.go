package memmapfs

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// Reads of this many bytes and more go the faster way of two: through the map, or
// through the descriptor, where the kernel copies from its own mapping of the pages.
// Which one that is depends on the processor, so both are timed.
const largeRead = 256 << 10

// A way is how fast large reads went one way lately, as nanoseconds for a mebibyte;
// 0 before the first.
type way struct{ ns atomic.Int64 }

// took notes a read of n bytes. What is slower than before may have been interrupted,
// so it counts little, and no more than twice what was known.
func (w *way) took(d time.Duration, n int) {
	const mib = 1 << 20
	now, before := max(1, int64(float64(d)*mib/float64(n))), w.ns.Load()
	switch {
	case before == 0:
	case now < before:
		now = before - (before-now)/2
	default:
		now = before + (min(now, 2*before)-before)/8
	}
	w.ns.Store(now)
}

// ways chooses between the two.
type ways struct {
	mapped, plain way
	reads         atomic.Uint32
}

// probing is how many reads go by for one that goes the slower way, to see whether it
// still is. It is odd, for programs that read long and short pieces by turns.
const probing = 61

// byMap says how the next read goes.
func (w *ways) byMap() bool {
	if w.mapped.ns.Load() == 0 || w.plain.ns.Load() == 0 {
		return w.mapped.ns.Load() == 0
	}
	return w.mayPay() != (w.reads.Add(1)%probing == 0)
}

// mayPay says whether maps are faster, as far as is known.
func (w *ways) mayPay() bool {
	m, p := w.mapped.ns.Load(), w.plain.ns.Load()
	return m <= p || p == 0
}

// largeWays are those of all files: the processor makes the difference.
var largeWays ways

// readLarge is readMapped for largeRead bytes and more. Windows are not spent on them.
func (f *MappedFile) readLarge(p []byte, off int64) (int, error) {
	m := f.rd.Load()
	if m == nil || !m.covers(off, len(p)) || mmap.Inside(p, m.data) {
		return f.readPlain(p, off)
	}
	if !m.paged(off, len(p)) {
		n, err := f.readPlain(p, off)
		if err == nil && largeWays.mayPay() {
			f.pageIn(m, off, int64(n))
		}
		return n, err
	}
	begun := time.Now()
	if !largeWays.byMap() {
		n, err := f.readPlain(p, off)
		if err == nil {
			largeWays.plain.took(time.Since(begun), n)
		}
		return n, err
	}
	page := int64(mmap.PageSize())
	if lo := off &^ (page - 1); !allResident(m.data[lo : off+int64(len(p))]) {
		return f.readPlain(p, off) // the device is waited for in a system call
	}
	// In pieces, for the scheduler gets nothing from a goroutine that copies.
	for done := 0; done < len(p); done += largePiece {
		piece := p[done:min(done+largePiece, len(p))]
		if _, err := m.copyOut(piece, off+int64(done)); err != nil {
			return f.readFaulted(p, off, err)
		}
	}
	largeWays.mapped.took(time.Since(begun), len(p))
	return len(p), nil
}

const largePiece = 1 << 20

// allResident reports whether all of b, which begins on a page, is in memory. What was
// touched once may have been reclaimed: small reads fault it in again, a block at a
// time, but a large one would keep its processor for as long as the device takes. Of
// files that are another user's and not to be written Linux says that all is there.
func allResident(b []byte) bool {
	in, err := mmap.Resident(b)
	return err == nil && in >= int64(len(b))
}

// paged reports whether [off, off+n) is in the page tables, as far as is remembered.
func (m *mapping) paged(off int64, n int) bool {
	if m.cold == nil {
		return m.entered.has(off, n)
	}
	return m.ready(off, n)
}

// pageIn is called when [off, off+n) has been read through the descriptor. The second
// time the blocks are entered in the page tables, which costs a third of such a read:
// who reads a file once pays nothing, and who reads it again and again has it back soon.
func (f *MappedFile) pageIn(m *mapping, off, n int64) {
	const block = 1 << coldShift
	lo := off &^ (block - 1)
	hi := min(roundUp(off+n, block), roundUp(f.size.Load(), int64(mmap.PageSize())), int64(len(m.data)))
	if !m.once.has(off, int(n)) {
		m.once.add(off, n)
		return
	}
	if lo >= hi || !allResident(m.data[lo:hi]) {
		return // the blocks at the ends are in part what nobody read
	}
	f.stats.populates.Add(1)
	if mmap.Populate(m.data[lo:hi], false) == nil {
		if m.cold == nil {
			m.entered.add(lo, hi-lo)
		} else {
			m.touched(lo, hi-lo)
		}
	}
	runtime.KeepAlive(m)
}
