package memmapfs

import (
	"maps"
	"slices"

	"github.com/absfs/shmkit/internal/mmap"
)

// Resident returns how many of the bytes around [off, off+n), in whole pages,
// are in memory, and how many there are. In windowed mode only what windows
// show now is counted.
func (f *MappedFile) Resident(off, n int64) (resident, total int64, err error) {
	_, err = f.onPages("resident", off, n, false, func(b []byte, _ int64) error {
		total += roundUp(int64(len(b)), int64(mmap.PageSize()))
		in, err := mmap.Resident(b)
		resident += in
		return err
	})
	return resident, total, err
}

// Resident returns how many bytes of the open handles' mappings are in memory.
// Of files mapped whole that are longer than 1 GiB it asks about a sample.
func (m *MemMapFS) Resident() int64 {
	var sum int64
	for _, f := range m.handles() {
		sum += f.survey()
	}
	return sum
}

// surveyed is how many bytes of a file are asked about; of a longer one, as many
// of each so many.
const surveyed = 1 << 30

// survey estimates how much of the file is in memory. The system looks at every
// page it is asked about, also of holes: that would take seconds for a terabyte.
func (f *MappedFile) survey() int64 {
	if f.win != nil {
		return f.win.resident()
	}
	const part = 64 << 10
	size, step := f.size.Load(), int64(part)
	if size > surveyed {
		step = roundUp(size/(surveyed/part), part)
	}
	var sum int64
	for off := int64(0); off < size; off += step {
		in, total, err := f.Resident(off, min(part, size-off))
		if err != nil || total == 0 {
			return sum // closed, or not mapped: nothing more is in memory
		}
		sum += in * (min(step, size-off) / min(part, size-off))
	}
	return sum
}

// resident returns how many bytes of the windows are in memory.
func (w *windows) resident() (sum int64) {
	w.mu.Lock()
	indices := slices.Collect(maps.Keys(w.byIndex))
	w.mu.Unlock()
	for _, index := range indices {
		if s := w.present(index); s != nil {
			in, err := mmap.Resident(s.data)
			s.mu.RUnlock()
			if err == nil {
				sum += in
			}
		}
	}
	return sum
}
