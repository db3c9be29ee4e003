package memmapfs

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// Advise gives advice about the whole file. A kernel's refusal is returned. In
// windowed mode the windows mapped now get it.
func (f *MappedFile) Advise(a Advice) error { return f.AdviseRange(0, f.size.Load(), a) }

// AdviseRange gives advice about the pages around [off, off+n). Under
// ModeCopyOnWrite AdviceDontNeed is refused: it would drop private changes,
// which Discard does by name.
func (f *MappedFile) AdviseRange(off, n int64, a Advice) error {
	if a < AdviceNormal || a > adviceLast {
		return f.pathError("advise", fs.ErrInvalid)
	}
	if f.private() && a == AdviceDontNeed {
		return f.pathError("advise", fmt.Errorf("%s on private memory: %w", a, errors.ErrUnsupported))
	}
	return f.onPages("advise", off, n, func(b []byte) error { return mmap.Advise(b, mmap.Advice(a)) })
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

// Populate faults the bytes [off, off+n) in and returns when they are in memory.
func (f *MappedFile) Populate(off, n int64) error {
	return f.onPages("populate", off, n, func(b []byte) error { return mmap.Populate(b, false) })
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
	f.mu.Unlock()
	return f.onPages("mlock", off, n, func(b []byte) error {
		if err := mmap.Lock(b); err != nil {
			return lockError(err, int64(len(b)))
		}
		return nil
	})
}

// UnlockMemory ends LockMemory.
func (f *MappedFile) UnlockMemory(off, n int64) error {
	return f.onPages("munlock", off, n, mmap.Unlock)
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
// end of the file. Nobody waits for fn, which may take long.
func (f *MappedFile) onPages(op string, off, n int64, fn func([]byte) error) error {
	if off < 0 || n < 0 || off > off+n {
		return f.pathError(op, fs.ErrInvalid)
	}
	if err := f.ready(op); err != nil {
		return err
	}
	page := int64(mmap.PageSize())
	off, end := off&^(page-1), min(off+n, f.size.Load())
	if off >= end {
		return nil
	}
	// What is not mapped was empty when it was opened, and nobody needed it since.
	if _, err := f.onShown(off, end-off, func(b []byte, _ int64) error { return fn(b) }); err != nil {
		return f.pathError(op, err)
	}
	return nil
}

// ready says why the handle has no pages, if it has none.
func (f *MappedFile) ready(op string) error {
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
	return nil
}
