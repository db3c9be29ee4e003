package memmapfs

import (
	"io/fs"

	"github.com/absfs/shmkit/internal/mmap"
)

// shortened tells the handles of a file in this file system that it was truncated
// to size. Until they know, what they read behind the end within its last page is
// zeros, and what they write there through their maps nobody will ever find. stat
// asks about the file.
func (m *MemMapFS) shortened(id mmap.FileID, size int64, stat func() (fs.FileInfo, error)) {
	if m.cfg.Mode == ModeCopyOnWrite {
		return // they share a length
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.open {
		f := p.Value()
		if f == nil || !f.identified || f.id != id {
			continue
		}
		// What a handle writes meanwhile makes the file longer first, and then the
		// length that the handle knows.
		known, ahead := f.size.Load(), f.size.ahead.Swap(0)
		if known > size || ahead != 0 {
			if now, err := stat(); err == nil && (now.Size() < known || ahead != 0) {
				f.size.CompareAndSwap(known, now.Size())
			}
		}
	}
}
