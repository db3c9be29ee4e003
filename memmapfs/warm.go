package memmapfs

import (
	"errors"

	"github.com/absfs/shmkit/internal/mmap"
)

// Reads of this many bytes and more go through the descriptor.
const largeRead = 256 << 10

// warmUp brings the pages around [off, off+n) in by a system call, so that
// other goroutines run while a device is read. An error is left to the access
// that follows: it meets the same trouble and can tell it better.
func (f *MappedFile) warmUp(m *mapping, off, n int64) {
	if m.cold == nil || m.cold.has(off, int(n)) {
		return
	}
	f.populate(m.cold, m.data, 0, off, n)
	m.advance()
}

// populate faults in the blocks around [off, off+n) of data, which shows the
// file from base, and adds them to cold.
func (f *MappedFile) populate(cold *blockSet, data []byte, base, off, n int64) {
	const block = 1 << coldShift
	lo := max(off&^(block-1), base)
	end := roundUp(f.size.Load(), int64(mmap.PageSize()))
	hi := min((off+n+block-1)&^(block-1), end, base+int64(len(data)))
	if lo >= hi {
		return
	}
	f.stats.populates.Add(1)
	shown := data[lo-base : hi-base]
	err := mmap.Populate(shown, false)
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.prefetch(shown, lo)
	}
	if err == nil {
		cold.add(lo, hi-lo)
	}
}

// prefetch is populate for kernels without such a call: reading one byte of
// each page through the descriptor waits for it in a system call.
func (f *MappedFile) prefetch(data []byte, off int64) error {
	// Only a hint: where it is unknown the reads below do all the work.
	_ = mmap.Advise(data, mmap.WillNeed)
	one := make([]byte, 1)
	for at := 0; at < len(data); at += mmap.PageSize() {
		if _, err := f.mapper.ReadAt(one, off+int64(at)); err != nil {
			return err
		}
	}
	return nil
}
