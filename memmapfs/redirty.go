package memmapfs

import (
	"slices"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// mostMapped is how much of a file is mapped at a time just to mark it dirty.
const mostMapped = 64 << 20

// keepDirty is called after a flush has failed. The kernel takes the pages for
// clean now and would not write them again; those this handle knows to be dirty
// are made so again, wherever they are mapped, and mapped for that where they
// are not. Pages that are gone cannot be saved, nor those of a handle that maps
// nothing.
func (f *MappedFile) keepDirty() {
	if !f.access.write || f.private() || !f.mapped() {
		return
	}
	f.markLent()
	size := f.size.Load()
	f.dirty.each(0, size, func(off, n int64) {
		if n = min(n, size-off); n <= 0 {
			return
		}
		missed, _ := f.onShown(off, n, func(b []byte, _ int64) error {
			redirty(b)
			return nil
		})
		if missed {
			f.redirtyUnmapped(off, n)
		}
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	for st := range f.views {
		if st.own {
			redirty(st.data)
		}
	}
}

// redirty marks the pages that hold b. Of a long range, such as all that was lent
// to a program, it leaves out the parts of which nothing is in memory: what the
// kernel could not write is.
func redirty(b []byte) {
	if len(b) == 0 {
		return
	}
	pages := mmap.Widen(b, int(mmap.Address(b)%uintptr(mmap.PageSize())))
	for part := range slices.Chunk(pages, 1<<20) {
		if in, err := mmap.Resident(part); err == nil && in == 0 {
			continue
		}
		_ = sigbus.Guard(func() { mmap.Redirty(part) })
	}
}

// redirtyUnmapped does it for a range that is not mapped at the moment. Where
// it cannot be mapped there is nothing to be done.
func (f *MappedFile) redirtyUnmapped(off, n int64) {
	for end, lo := off+n, off/int64(mmap.Granularity())*int64(mmap.Granularity()); lo < end; lo += mostMapped {
		data, err := mmap.Map(f.mapper, lo, int(min(end-lo, mostMapped)), mmap.Read|mmap.Write, 0)
		if err != nil {
			return
		}
		redirty(data)
		_ = mmap.Unmap(data)
	}
}
