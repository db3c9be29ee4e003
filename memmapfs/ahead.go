package memmapfs

import (
	"math"

	"github.com/absfs/shmkit/internal/mmap"
)

// runAhead makes room for a write of [off, end) that begins within the file and
// reaches past its end, by making the file longer than it says, when
// Config.GrowAhead allows that. It reports whether the room is there.
func (f *MappedFile) runAhead(off, end int64) bool {
	step := f.cfg.GrowAhead
	if step == 0 || end <= off || off > f.size.Load() || f.img != nil {
		return false
	}
	if end <= f.ahead.Load() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	size, ahead := f.size.Load(), f.ahead.Load()
	if end <= ahead {
		return true
	}
	m := f.whole
	if m == nil || end > math.MaxInt64-step || !m.covers(end, int(min(step, maxInt/2))) {
		return false
	}
	from := max(size, ahead)
	if info, err := f.native.Stat(); err != nil || info.Size() != from {
		return false // somebody else writes the file too
	}
	if err := mmap.Allocate(f.native, from, end+step-from); err != nil {
		return false // the plain way says what is wrong
	}
	f.ahead.Store(end + step)
	// Faulting the new pages in together is cheaper than one by one; where it
	// is refused they come one by one.
	lo := roundUp(from, int64(mmap.PageSize()))
	if hi := (end + step) &^ int64(mmap.PageSize()-1); lo < hi && mmap.Populate(m.data[lo:hi], true) == nil {
		f.stats.populates.Add(1)
	}
	if m.cold != nil {
		m.touched(from, end+step-from)
	}
	return true
}

// cutAhead gives the file on disk the length it says it has. The gate is held
// alone, and mu.
func (f *MappedFile) cutAhead() error {
	ahead := f.ahead.Load()
	if ahead == 0 {
		return nil
	}
	info, err := f.native.Stat()
	if err != nil {
		return err
	}
	if info.Size() == ahead {
		if err := mmap.Truncate(f.native, f.size.Load()); err != nil {
			return err
		}
	}
	f.ahead.Store(0)
	return nil
}

// settle is cutAhead for callers who hold nothing.
func (f *MappedFile) settle() error {
	if f.ahead.Load() == 0 {
		return nil
	}
	f.gate.Lock()
	defer f.gate.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cutAhead()
}
