package memmapfs

import (
	"runtime"

	"errors"
	"log/slog"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/trap"
)

// Why a handle opened for writing keeps its length exact under Config.GrowAhead.
var (
	errAheadPlain   = errors.New("the handle works by plain reads and writes")
	errAheadAppend  = errors.New("with O_APPEND the kernel chooses the place, which is the end on disk")
	errAheadPrivate = errors.New("a copy-on-write handle never makes the file longer")
	errAheadWindows = errors.New("windows do not reach past the end of the file")
	errAheadSystem  = errors.New("no map reaches past the end of a file on this platform")
)

// noteAhead has the statistics say that Config.GrowAhead does nothing for a handle
// that writes.
func (f *MappedFile) noteAhead() {
	if f.cfg.GrowAhead == 0 || !f.access.write {
		return
	}
	var why error
	switch {
	case !f.mapped():
		why = errAheadPlain
	case f.access.append:
		why = errAheadAppend
	case f.img != nil:
		why = errAheadPrivate
	case f.win != nil:
		why = errAheadWindows
	case !mmap.Coherent:
		why = errAheadSystem
	default:
		return
	}
	f.log(slog.LevelWarn, "memmapfs: a setting does nothing for the handle", why, slog.String("setting", "grow ahead"))
	f.keepRefusal(why, "grow ahead")
}

// writeAhead is Write of bytes for which runAhead has made room. It reports false
// where it did nothing.
//
// Two thirds of what a small append would cost are the locked instructions of
// gate, position and dirty. Here the turn stands for the first two.
func (f *MappedFile) writeAhead(p []byte) bool {
	if f.cfg.GrowAhead == 0 || len(p) > trap.Longest || !trapped || !f.pos.turn.TryLock() {
		return false
	}
	done := f.fillAhead(p)
	f.pos.turn.Unlock()
	return done
}

func (f *MappedFile) fillAhead(p []byte) bool {
	m, pos, l := f.wr.Load(), f.pos.Load(), f.size
	size, end := l.Load(), pos+int64(len(p))
	switch {
	case m == nil || pos < 0 || pos > size || end <= size || end > l.ahead.Load() || end > l.filled.Load() || end > int64(len(m.data)):
		return false
	case f.pos.barred || f.closed.Load() || f.immediate() || trap.Copy(m.data[pos:end], p) != 0:
		return false // writeAt meets a fault again and says what it is
	}
	runtime.KeepAlive(m)
	f.pos.at.Release(end)
	// The new length is also the fence between the bytes and the look at dirty: who
	// takes a page from dirty after the look flushes them.
	if longer := l.CompareAndSwap(size, end); !longer || !f.dirty.has(pos, len(p)) {
		f.grown(end)
		f.dirty.add(pos, int64(len(p)))
	}
	f.announce() // a mark there may be one that nobody was told of
	return true
}

// runAhead makes room for a write of [off, end) that begins within the file and
// reaches past its end, by making the file longer than it says, when
// Config.GrowAhead allows that. It reports whether the room is there.
func (f *MappedFile) runAhead(off, end int64) bool {
	if f.cfg.GrowAhead == 0 || end <= off || off > f.size.Load() || f.img != nil {
		return false
	}
	if end <= f.size.ahead.Load() && end <= f.size.filled.Load() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if end <= f.size.ahead.Load() {
		f.faultIn(f.whole, end)
		return true
	}
	step := f.cfg.GrowAhead >> f.shrunk
	if f.whole == nil || step == 0 || end > maxInt-step-hugePage {
		return false
	}
	from := max(f.size.Load(), f.size.ahead.Load())
	if info, err := f.native.Stat(); err != nil || info.Size() != from {
		return false // somebody else writes the file too
	}
	to := end + step
	if step >= hugePage {
		to = roundUp(to, hugePage) // pages of the cache can be as large as that
	}
	m := f.reaching(to)
	if m == nil {
		return false
	}
	if err := mmap.Allocate(f.native, from, to-from); err != nil {
		f.shrunk += 3 // each try costs more than the write it serves
		return false  // the plain way says what is wrong
	}
	f.size.filled.Store(from)
	f.size.ahead.Store(to)
	f.cutWhenDropped()
	f.faultIn(m, end)
	f.lockAhead(m, to)
	return true
}

// reaching returns a mapping for writes up to to, nil where there can be none.
func (f *MappedFile) reaching(to int64) *mapping {
	if f.whole.covers(to, 0) {
		return f.whole
	}
	if !mmap.Coherent || f.outgrown {
		return nil
	}
	if err := f.remap(to); err != nil || !f.whole.covers(to, 0) {
		f.outgrown = true // and it does not help to try with each write
		if err != nil {
			f.refused(err)
		}
		return nil
	}
	return f.whole
}

// hugePage is as large as the pages of a file in the cache become.
const hugePage = 2 << 20

const (
	// mostFilled is how far the pages of a file are faulted in ahead of who writes:
	// more may never be needed.
	mostFilled = 16 << 20
	// pieceFilled is how much of that the writer waits for. The rest comes behind.
	pieceFilled = hugePage
)

// faultIn faults the new pages of m up to end in, and starts to fault those behind
// it in. mu is held.
func (f *MappedFile) faultIn(m *mapping, end int64) {
	f.fill(m, end+pieceFilled)
	if !f.filling && f.size.filled.Load() < min(f.size.ahead.Load(), end+mostFilled) {
		f.filling = true
		go f.fillBehind()
	}
}

// fillBehind keeps the filled pages ahead of a writer, piece by piece, and ends when
// they are, or when nothing is to be filled any more. It takes mu for each piece, so
// that nobody unmaps one meanwhile.
func (f *MappedFile) fillBehind() {
	for {
		f.mu.Lock()
		filled, ahead := f.size.filled.Load(), f.size.ahead.Load()
		if f.closed.Load() || f.whole == nil || filled >= min(ahead, f.size.Load()+mostFilled) {
			f.filling = false
			f.mu.Unlock()
			return
		}
		f.fill(f.whole, filled+pieceFilled)
		f.mu.Unlock()
	}
}

// fill faults the pages of m up to to in together, which is cheaper than one by one,
// and the cheaper the larger they are in the cache. Where either is refused they come
// as they are touched. mu is held.
func (f *MappedFile) fill(m *mapping, to int64) {
	from, page := f.size.filled.Load(), int64(mmap.PageSize())
	to = min(f.size.ahead.Load(), roundUp(to, hugePage))
	if m == nil || to <= from {
		return
	}
	if lo, hi := roundUp(from, page), min(to, int64(len(m.data)))&^(page-1); lo < hi {
		pagesAhead.cache(f.mapper, lo, int(hi-lo))
		if mmap.Populate(m.data[lo:hi], true) == nil {
			f.stats.populates.Add(1)
		}
	}
	if m.cold != nil {
		m.touched(from, to-from)
	}
	f.size.filled.Store(to)
}

// cutAhead gives the file on disk the length it says it has. The gate is held
// alone, barred, and mu.
func (f *MappedFile) cutAhead() error {
	ahead := f.size.ahead.Load()
	if ahead == 0 {
		return nil
	}
	info, err := f.native.Stat()
	if err != nil {
		return err
	}
	if info.Size() != ahead { // somebody else set the length: theirs counts
		f.size.Store(info.Size())
	} else {
		if err := mmap.Truncate(f.native, f.size.Load()); err != nil {
			return err
		}
		f.unlockBehind(f.size.Load())
	}
	f.size.ahead.Store(0)
	f.shrunk = 0
	return nil
}

// settle is cutAhead for callers who hold nothing.
func (f *MappedFile) settle() error {
	if f.size.ahead.Load() == 0 {
		return nil
	}
	f.gate.Lock()
	defer f.gate.Unlock()
	f.pos.bar(true)
	defer f.pos.bar(false)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cutAhead()
}
