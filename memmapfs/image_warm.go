package memmapfs

// warmImage brings the pages of the base around [off, off+n) in as warmUp does. What
// lies behind them is memory, of which no page is ever cold.
func (f *MappedFile) warmImage(m *mapping, off, n int64) {
	if m.cold == nil || m.ready(off, int(n)) {
		return
	}
	const block = 1 << coldShift
	f.img.mu.Lock()
	edge := f.img.edge
	if f.img.have != nil {
		edge = f.img.seen.shown.Load()
	}
	f.img.mu.Unlock()
	lo, end := off&^(block-1), off+n
	if lo < edge {
		f.populate(m.cold, m.data[:edge], 0, lo, min(end, edge)-lo)
	}
	if lo = max(lo, roundUp(edge, block)); lo < end {
		m.cold.add(lo, end-lo)
	}
	m.advance()
}

// cool forgets which pages are in memory, after others took their place.
func (m *mapping) cool() {
	if m.cold != nil {
		m.cold.take(func(int64, int64) {})
		m.warm.Store(0)
	}
}
