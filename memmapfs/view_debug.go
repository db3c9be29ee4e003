//go:build shmdebug

package memmapfs

import (
	"errors"
	"os"
	"sync"

	"github.com/absfs/shmkit/internal/mmap"
)

// debugViews gives every view memory of its own, which is closed to every
// access at Release and never given back.
const debugViews = true

var leaked leakList

type leakList struct {
	mu   sync.Mutex
	list []*mapping
}

func (l *leakList) add(m *mapping) {
	l.mu.Lock()
	l.list = append(l.list, m)
	l.mu.Unlock()
}

// shareImage moves what an image holds to a file without a name, mapped shared over
// the addresses that the image has: private memory cannot be mapped a second time,
// as its views have it here. From then on the image is a copy, of its base as it was
// at the first view. Images on Go's heap, and those that are copied block by block,
// stay there.
func (f *MappedFile) shareImage() error {
	if f.img == nil || !mmap.Coherent || f.ready("view", 0) != nil {
		return nil // View says what is wrong
	}
	i := f.img
	i.gate.Lock()
	defer i.gate.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	m := i.m.Load()
	if m == nil || m.heap || i.have != nil || i.twin != nil {
		return nil
	}
	twin, err := os.CreateTemp("", "memmapfs-view-")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Remove(twin.Name()), i.moveTo(twin, m)); err != nil {
		return errors.Join(err, twin.Close())
	}
	i.twin = twin
	m.warm.Store(int64(len(m.data)))
	f.advise(m.data)
	if i.file != nil {
		i.edge = i.size.Load()
		err, i.file = i.file.Close(), nil
	}
	return err
}

// moveTo has m mapped from twin, with the bytes it shows.
func (i *image) moveTo(twin *os.File, m *mapping) error {
	if err := twin.Truncate(int64(len(m.data))); err != nil {
		return err
	}
	// The kernel copies from m, and says so where a page cannot be had.
	if _, err := twin.WriteAt(m.data[:i.size.Load()], 0); err != nil {
		return err
	}
	return mmap.MapAt(m.data, twin, 0, mmap.Read|mmap.Write, 0)
}
