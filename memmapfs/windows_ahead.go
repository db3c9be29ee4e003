package memmapfs

import (
	"errors"

	"github.com/absfs/shmkit/internal/mmap"
)

// prefetch asks for window index, which is likely to be the next. It is a hint:
// where it fails the window is read when touched.
func (w *windows) prefetch(index int64) {
	f, start := w.f, index*w.size
	n := min(w.size, f.size.Load()-start)
	if n <= 0 || w.alone.Load() {
		return
	}
	err := mmap.Readahead(f.native, start, n)
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.readMap(start, int(n))
	}
	if errors.Is(err, errors.ErrUnsupported) && !w.alone.Swap(true) {
		f.note(err, "window slide")
	}
}

// readMap has n bytes from off read ahead on systems that take that advice about
// memory only. The map need not last: what is read stays in memory.
func (f *MappedFile) readMap(off int64, n int) error {
	data, err := mmap.Map(f.mapper, off, n, mmap.Read, 0)
	if err != nil {
		return err
	}
	return errors.Join(mmap.Advise(data, mmap.WillNeed), mmap.Unmap(data))
}
