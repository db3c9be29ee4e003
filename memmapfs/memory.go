package memmapfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// Advise gives advice about the whole file. A kernel's refusal is returned.
func (f *MappedFile) Advise(a Advice) error { return f.AdviseRange(0, f.size.Load(), a) }

// AdviseRange gives advice about the pages around [off, off+n). In windowed mode
// the windows mapped now get it, and for the rest the file itself where it knows
// such advice; otherwise the error matches errors.ErrUnsupported. Under
// ModeCopyOnWrite AdviceDontNeed is refused: it would drop private changes, which
// Discard does by name.
func (f *MappedFile) AdviseRange(off, n int64, a Advice) error {
	if a < AdviceNormal || a > adviceLast {
		return f.pathError("advise", fs.ErrInvalid)
	}
	if f.private() && a == AdviceDontNeed {
		return f.pathError("advise", fmt.Errorf("%s on private memory: %w", a, errors.ErrUnsupported))
	}
	if a == AdviceWillNeed {
		if err := f.havePages("advise", off, n); err != nil {
			return err
		}
	}
	missed, err := f.onPages("advise", off, n, true, func(b []byte, _ int64) error { return mmap.Advise(b, mmap.Advice(a)) })
	if err == nil && missed.n > 0 {
		err = f.adviseFile(missed, a)
	}
	return err
}

// adviseFile gives advice about what no memory shows.
func (f *MappedFile) adviseFile(r run, a Advice) error {
	err := mmap.FileAdvise(f.native, r.off, r.n, mmap.Advice(a))
	if errors.Is(err, errors.ErrUnsupported) {
		return f.pathError("advise", fmt.Errorf("%s where nothing is mapped: %w", a, err))
	}
	if err != nil {
		return f.closedOr("advise", err)
	}
	return nil
}

// AdviseSequential is Advise(AdviceSequential).
func (f *MappedFile) AdviseSequential() error { return f.Advise(AdviceSequential) }

// AdviseRandom is Advise(AdviceRandom).
func (f *MappedFile) AdviseRandom() error { return f.Advise(AdviceRandom) }

// AdviseWillNeed is Advise(AdviceWillNeed).
func (f *MappedFile) AdviseWillNeed() error { return f.Advise(AdviceWillNeed) }

// AdviseDontNeed is Advise(AdviceDontNeed).
func (f *MappedFile) AdviseDontNeed() error { return f.Advise(AdviceDontNeed) }

// AdviseHugePage is Advise(AdviceHugePage).
func (f *MappedFile) AdviseHugePage() error { return f.Advise(AdviceHugePage) }

// Prefetch asks for the bytes [off, off+n) to be read into the page cache and
// does not wait.
func (f *MappedFile) Prefetch(off, n int64) error {
	if off < 0 || n < 0 || off > off+n {
		return f.pathError("prefetch", fs.ErrInvalid)
	}
	if f.native == nil {
		return f.pathError("prefetch", fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	if err := mmap.Readahead(f.native, off, n); err != nil {
		if !errors.Is(err, errors.ErrUnsupported) {
			return f.closedOr("prefetch", err)
		}
		return f.AdviseRange(off, n, AdviceWillNeed)
	}
	return nil
}

// Populate returns when the bytes [off, off+n) are in memory, as far as it holds
// them: those that are mapped in the page tables as well, those of other windows in
// the page cache.
func (f *MappedFile) Populate(off, n int64) error {
	if err := f.havePages("populate", off, n); err != nil {
		return err
	}
	missed, err := f.onPages("populate", off, n, true, f.preload)
	if err == nil && missed.n > 0 {
		if err = f.cache(missed); err != nil {
			err = f.closedOr("populate", err)
		}
	}
	return err
}

// cache brings what no memory shows into the page cache, piece by piece.
func (f *MappedFile) cache(r run) error {
	for end := r.off + r.n; r.off < end; r.off += mostMapped {
		n := min(end-r.off, mostMapped)
		if mmap.PopulateFile(f.mapper, r.off, int(n)) == nil {
			continue
		}
		// Where that is unknown, or addresses are short, by reading; this says what
		// is wrong, too.
		scratch := scratches.Get().(*[scratchSize]byte)
		_, err := io.CopyBuffer(onlyWriter{io.Discard}, io.NewSectionReader(f.mapper, r.off, n), scratch[:])
		scratches.Put(scratch)
		if err != nil {
			return err
		}
	}
	return nil
}

// LockMemory keeps the pages around [off, off+n) in memory until UnlockMemory or
// Close. The error tells the limit that forbids it. Windows come and go, so in
// windowed mode it is refused; Config.LockMemory locks each of them.
func (f *MappedFile) LockMemory(off, n int64) error {
	if f.win != nil {
		return f.pathError("mlock", fmt.Errorf("windows slide: %w", errors.ErrUnsupported))
	}
	f.mu.Lock()
	f.outgrown = true // what is locked is not replaced
	if f.img != nil && !f.closed.Load() {
		f.img.lend(f)
	}
	f.mu.Unlock()
	if err := f.havePages("mlock", off, n); err != nil {
		return err
	}
	missed, err := f.onPages("mlock", off, n, true, func(b []byte, _ int64) error {
		if err := mmap.Lock(b); err != nil {
			return lockError(err, int64(len(b)))
		}
		return nil
	})
	if err == nil && missed.n > 0 {
		err = f.pathError("mlock", fmt.Errorf("%d bytes at %d are not mapped: %w", missed.n, missed.off, errors.ErrUnsupported))
	}
	return err
}

// UnlockMemory ends LockMemory.
func (f *MappedFile) UnlockMemory(off, n int64) error {
	_, err := f.onPages("munlock", off, n, false, func(b []byte, _ int64) error { return mmap.Unlock(b) })
	return err
}

// PunchHole gives the space of [off, off+n) back to the file system. The bytes
// read as zeros afterwards: what they held is destroyed. Under ModeCopyOnWrite
// the private bytes are cleared.
func (f *MappedFile) PunchHole(off, n int64) error {
	f.gate.RLock()
	defer f.gate.RUnlock()
	switch {
	case f.closed.Load():
		return f.pathError("punchhole", fs.ErrClosed)
	case off < 0 || n < 0 || off > off+n:
		return f.pathError("punchhole", fs.ErrInvalid)
	case !f.access.write:
		return f.pathError("punchhole", sysx.EBADF)
	case f.native == nil:
		return f.pathError("punchhole", fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	n = min(n, f.size.Load()-off)
	if n <= 0 {
		return nil
	}
	if f.private() {
		zeros := make([]byte, min(n, 1<<20))
		for at := off; at < off+n; at += int64(len(zeros)) {
			if _, _, err := f.writeImage(zeros[:min(int64(len(zeros)), off+n-at)], at, false); err != nil {
				return err
			}
		}
		return nil
	}
	if err := mmap.PunchHole(f.native, off, n); err != nil {
		return f.pathError("punchhole", err)
	}
	return f.wroteLength()
}

// onPages calls fn with the mapped pages around [off, off+n), cut off at the
// end of the file, and their offset. Nobody waits for fn, which may take long.
// Where some part is not mapped, though a file mapped whole that has outgrown its
// mapping gets a new one if mapAnew says so, missed is the range.
func (f *MappedFile) onPages(op string, off, n int64, mapAnew bool, fn func(b []byte, off int64) error) (missed run, err error) {
	if off < 0 || n < 0 || off > off+n {
		return run{}, f.pathError(op, fs.ErrInvalid)
	}
	page := int64(mmap.PageSize())
	off, end := off&^(page-1), min(off+n, f.size.Load())
	reach := int64(0)
	if mapAnew && off < end {
		reach = end
	}
	if err := f.ready(op, reach); err != nil {
		return run{}, err
	}
	if off >= end {
		return run{}, nil
	}
	some, err := f.onShown(off, end-off, fn)
	if err != nil {
		return run{}, f.pathError(op, err)
	}
	if some {
		missed = run{off, end - off}
	}
	return missed, nil
}

// ready says why the handle has no pages up to reach, if it has none.
func (f *MappedFile) ready(op string, reach int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return f.pathError(op, fs.ErrClosed)
	}
	if !f.mapped() {
		return f.pathError(op, fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	if err := f.materialize(); err != nil {
		return f.asPathError(op, err)
	}
	if reach > 0 && f.img == nil && f.win == nil && (f.whole == nil || !f.whole.covers(0, int(min(reach, maxInt)))) {
		if err := f.remap(0); err != nil {
			f.refused(err) // what can be done without is
		}
	}
	return nil
}

// havePages brings what is missing of the pages of a copy-on-write file into
// memory.
func (f *MappedFile) havePages(op string, off, n int64) error {
	if f.img == nil || off < 0 || n < 0 || off > off+n {
		return nil
	}
	if err := f.ready(op, 0); err != nil {
		return err
	}
	defer f.holdImage().release()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.materialize(); err != nil {
		return f.asPathError(op, err)
	}
	size, err := f.learnLocked()
	if err == nil && off < size {
		err = f.fillImage(off, min(n, size-off))
	}
	if err != nil {
		return f.asPathError(op, err)
	}
	return nil
}
