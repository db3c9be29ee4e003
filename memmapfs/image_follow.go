package memmapfs

import (
	"bytes"
	"io"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// follow gives an image that is still as its base the length that the base has
// now, and brings in what the base has more. It returns the length in force: that
// of an image that was changed is its own, and none is longer than its memory.
func (i *image) follow(f *MappedFile, size int64) (int64, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.changed.Load() {
		return i.size.Load(), nil
	}
	if st := i.store(); st != nil {
		size = min(size, st.length())
		if err := i.reach(f, st, size); err != nil {
			return 0, err
		}
	}
	i.size.Store(size)
	return size, nil
}

// reach shows the base up to size. Nobody was told of bytes behind edge yet.
func (i *image) reach(f *MappedFile, st blockStore, size int64) error {
	base := f.plain()
	if i.have != nil {
		return i.reachBlocks(st, base, size)
	}
	m := i.m.Load()
	if i.file == nil && size < i.edge { // what a copy shows there is not the base's any more
		if err := m.zero(size, i.edge); err != nil {
			return err
		}
		i.edge = size
	}
	if i.file != nil {
		if err := i.mend(m, size); err != nil {
			return err
		}
	}
	if size <= i.edge {
		return nil
	}
	edge := size
	if i.file != nil {
		edge = roundUp(size, int64(mmap.PageSize()))
		if err := mmap.MapAt(m.data[i.edge:edge], i.file, i.edge, mmap.Read|mmap.Write, mmap.Private); err != nil {
			return err
		}
		f.advise(m.data[i.edge:edge])
	} else if _, err := io.ReadFull(io.NewSectionReader(base, i.edge, size-i.edge), m.data[i.edge:size]); err != nil {
		return err
	}
	i.edge = edge
	return nil
}

// mend brings in what the base, of size now, has more in the page in which the image
// ended so far: where somebody wrote to a view, or memory is locked, the page is a
// copy that does not show it.
func (i *image) mend(m *mapping, size int64) error {
	end := i.size.Load()
	more := min(size, roundUp(end, int64(mmap.PageSize())), i.edge) - end
	if more <= 0 {
		return nil
	}
	p := make([]byte, more)
	if _, err := i.file.ReadAt(p, end); err != nil && err != io.EOF {
		return err
	}
	return sigbus.Guard(func() {
		if shown := m.data[end : end+more]; !bytes.Equal(shown, p) {
			copy(shown, p)
		}
	})
}

// begin makes the image independent of the base's length. What the base had more
// than it has now lies behind the end, where memory is the image's own.
func (i *image) begin(f *MappedFile) error {
	if i.changed.Load() {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.changed.Load() {
		return nil
	}
	m, edge := i.m.Load(), i.size.Load()
	if i.have != nil {
		if err := i.cutLocked(i.store(), edge, i.edge); err != nil {
			return err
		}
	}
	empty := clearGuarded
	if i.file != nil {
		edge, empty = roundUp(edge, int64(mmap.PageSize())), f.freshAt
	}
	if edge < i.edge {
		if err := empty(m.data[edge:i.edge]); err != nil {
			return err
		}
		i.edge = edge
	}
	i.changed.Store(true)
	return nil
}
