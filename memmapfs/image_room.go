package memmapfs

import (
	"errors"
	"fmt"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
	"github.com/absfs/shmkit/sigbus"
)

// reserveRoom takes addresses for size bytes and as much room to grow as there is.
func reserveRoom(size int64) ([]byte, error) { return roomAround(size, mmap.Reserve) }

// roomToGrow is how much longer than its base an image can become.
func roomToGrow() int64 {
	if is64 {
		return 1 << 30
	}
	return 1 << 24
}

// noteRoom has the statistics say that an image of size bytes can grow less far.
func (f *MappedFile) noteRoom(m *mapping, size int64) {
	if room := m.length() - size; room < roomToGrow() {
		f.keepRefusal(fmt.Errorf("%d bytes of it: %w", room, sysx.ENOMEM), "room to grow")
	}
}

func roomAround(size int64, take func(n int) ([]byte, error)) ([]byte, error) {
	room := roomToGrow()
	if size > maxInt-room {
		return nil, errTooLarge
	}
	data, err := take(int(size + room))
	if err == nil || !mmap.Coherent {
		return data, err
	}
	addresses.collect(false)
	page := int64(mmap.PageSize())
	return take(int(size + min(1<<20, room)/page*page))
}

// roomFor returns memory for an image of size bytes that grows.
func roomFor(size int64) (*mapping, error) {
	data, err := reserveRoom(roundUp(size, int64(mmap.PageSize())))
	if errors.Is(err, errors.ErrUnsupported) {
		return heapMapping(size)
	}
	if err != nil {
		return nil, err
	}
	return memoryIn(data, 0, nil, func() {})
}

// memoryIn makes memory of reserved addresses, as far as nothing is shown there.
func memoryIn(data []byte, shown int, cold *blockSet, forget func()) (*mapping, error) {
	m := newMapping(data, true, cold, forget)
	if mmap.Coherent {
		if err := mmap.AnonymousAt(data[shown:]); err != nil {
			return nil, joinRetire(err, m)
		}
	}
	return m, nil
}

// heapMapping is an image's memory on platforms that cannot reserve addresses.
func heapMapping(size int64) (*mapping, error) {
	if size > maxInt/2 {
		return nil, errTooLarge
	}
	m := &mapping{data: make([]byte, size+size/2+1<<20), writable: true, heap: true}
	m.warm.Store(int64(len(m.data)))
	return m, nil
}

func clearGuarded(b []byte) error { return sigbus.Guard(func() { clear(b) }) }

func joinRetire(err error, m *mapping) error {
	if m == nil {
		return err
	}
	return errors.Join(err, m.retire())
}
