package memmapfs

import (
	"fmt"
	"io/fs"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
)

// Advise gives advice about the whole file. A kernel's refusal is returned.
func (f *MappedFile) Advise(a Advice) error { return f.AdviseRange(0, f.size.Load(), a) }

// AdviseRange gives advice about the pages around [off, off+n).
func (f *MappedFile) AdviseRange(off, n int64, a Advice) error {
	return f.onPages("advise", off, n, func(b []byte) error { return mmap.Advise(b, mmap.Advice(a)) })
}

// LockMemory keeps the pages around [off, off+n) in memory until UnlockMemory or
// Close. The limit RLIMIT_MEMLOCK bounds what a process may lock.
func (f *MappedFile) LockMemory(off, n int64) error {
	return f.onPages("mlock", off, n, mmap.Lock)
}

// UnlockMemory ends LockMemory.
func (f *MappedFile) UnlockMemory(off, n int64) error {
	return f.onPages("munlock", off, n, mmap.Unlock)
}

// Resident returns how many of the bytes around [off, off+n), in whole pages,
// are in memory, and how many there are.
func (f *MappedFile) Resident(off, n int64) (resident, total int64, err error) {
	err = f.onPages("resident", off, n, func(b []byte) error {
		total = roundUp(int64(len(b)), int64(mmap.PageSize()))
		var err error
		resident, err = mmap.Resident(b)
		return err
	})
	return resident, total, err
}

// onPages calls fn with the mapped pages around [off, off+n), cut off at the
// end of the file.
func (f *MappedFile) onPages(op string, off, n int64, fn func([]byte) error) error {
	if off < 0 || n < 0 || off > off+n {
		return f.pathError(op, fs.ErrInvalid)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return f.pathError(op, fs.ErrClosed)
	}
	if !f.mapped() {
		return f.pathError(op, fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	page := int64(mmap.PageSize())
	lo := off &^ (page - 1)
	hi := min(off+n, f.size.Load(), int64(len(f.whole.data)))
	if lo >= hi {
		return nil
	}
	hi = min(roundUp(hi, page), int64(len(f.whole.data)))
	err := fn(f.whole.data[lo:hi])
	runtime.KeepAlive(f.whole)
	if err != nil {
		return f.pathError(op, err)
	}
	return nil
}
