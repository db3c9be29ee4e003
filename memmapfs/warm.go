package memmapfs

import (
	"errors"

	"github.com/absfs/shmkit/internal/mmap"
)

// Reads of this many bytes and more go through the descriptor.
const largeRead = 256 << 10

// populate faults the blocks around [off, off+n) in. An error is left to the
// access that follows: it meets the same trouble and can tell it better.
func (f *MappedFile) populate(m *mapping, off, n int64) {
	if m.cold == nil {
		return
	}
	const block = 1 << coldShift
	lo := off &^ (block - 1)
	hi := min(roundUp(off+n, block), roundUp(f.size.Load(), int64(mmap.PageSize())), int64(len(m.data)))
	if lo >= hi {
		return
	}
	f.stats.populates.Add(1)
	err := mmap.Populate(m.data[lo:hi], false)
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.prefetch(m, lo, hi)
	}
	if err == nil {
		m.touched(lo, hi-lo)
	}
}

// prefetch is populate for kernels without such a call: reading one byte of
// each page through the descriptor waits for it in a system call.
func (f *MappedFile) prefetch(m *mapping, lo, hi int64) error {
	// Only a hint: where it is unknown the reads below do all the work.
	_ = mmap.Advise(m.data[lo:hi], mmap.WillNeed)
	one := make([]byte, 1)
	for at := lo; at < hi; at += int64(mmap.PageSize()) {
		if _, err := f.native.ReadAt(one, at); err != nil {
			return err
		}
	}
	return nil
}

func (f *MappedFile) private() bool { return f.cfg.Mode == ModeCopyOnWrite }
