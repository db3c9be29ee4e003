package memmapfs

import (
	"errors"
	"io"

	"github.com/absfs/shmkit/internal/mmap"
)

// A read of this many bytes that nobody has touched before goes through the
// descriptor: mapping its pages would cost more than it saves.
const largeRead = 256 << 10

// warmUp brings the pages for p in by a system call, so that other goroutines
// run while a device is read. Done reports that p has been read on the way.
func (f *MappedFile) warmUp(m *mapping, p []byte, off int64) (n int, err error, done bool) {
	if len(p) >= largeRead && !f.private() {
		n, err = f.readPlain(p, off)
		if err == nil {
			m.cold.addInner(off, int64(n))
		}
		if errors.Is(err, io.EOF) {
			err = f.pathError("read", io.ErrUnexpectedEOF)
		}
		return n, err, true
	}
	f.populate(m, off, int64(len(p)))
	return 0, nil, false
}

// populate faults the blocks around [off, off+n) in. An error is left to the
// access that follows: it meets the same trouble and can tell it better.
func (f *MappedFile) populate(m *mapping, off, n int64) {
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
		m.cold.add(lo, hi-lo)
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
