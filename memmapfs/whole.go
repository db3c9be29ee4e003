package memmapfs

import (
	"errors"
	"fmt"
	"math"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// Room left behind the end of a mapping costs addresses, which containers limit,
// and emulators pay for in memory. A writer's doubles with the file, so that
// growth maps anew seldom.
const (
	roomForWriters = 1 << 26
	roomForReaders = 1 << 24
)

const coldShift = 16 // pages are brought in 64 KiB at a time

// mapWhole maps the whole file, at least reach bytes where a map may reach past the
// file's end, and room to grow.
func (f *MappedFile) mapWhole(reach int64) error {
	m, err := f.newWhole(reach)
	if err != nil || m == nil {
		return err
	}
	if err := f.lockWhole(m); err != nil {
		return errors.Join(required{err}, m.retire())
	}
	f.adopt(m)
	return nil
}

// newWhole is mapWhole that leaves the lock and the use of the mapping to others.
func (f *MappedFile) newWhole(reach int64) (*mapping, error) {
	size := f.size.Load()
	if !mmap.Coherent && size == 0 {
		return nil, nil // mapped when there is something to map
	}
	if mmap.Coherent {
		size = max(size, reach)
	}
	data, err := f.mapRoom(size)
	if err != nil {
		return nil, err
	}
	m := newMapping(data, f.access.write, f.coldSet(), register(data, f.name))
	f.equip(data, 0)
	if f.cfg.Preload || f.cfg.PopulatePages {
		m.warm.Store(min(f.size.Load(), int64(len(data))))
	}
	return m, nil
}

// coldSet returns where touched blocks are remembered, nil where no page is
// ever cold or nobody cares.
func (f *MappedFile) coldSet() *blockSet {
	if f.cfg.ColdFaults || mmap.KindOf(f.native).InMemory {
		return nil
	}
	return &blockSet{shift: coldShift}
}

func register(data []byte, name string) (forget func()) { return sigbus.Register(data, name, 0) }

func registerAt(data []byte, name string, off int64) (forget func()) {
	return sigbus.Register(data, name, off)
}

// mapRoom maps size bytes and what room it can get.
func (f *MappedFile) mapRoom(size int64) ([]byte, error) {
	prot, flags := f.protection()
	unit := int64(mmap.PageSize())
	huge := mmap.KindOf(f.native).HugePage
	if huge > 0 {
		unit = int64(huge)
	}
	if size > math.MaxInt-2*unit {
		return nil, errTooLarge
	}
	exact := roundUp(max(size, 1), unit)
	if !mmap.Coherent {
		exact = size
	}
	if mmap.Coherent && is64 && huge == 0 {
		room := int64(roomForReaders)
		if f.access.write {
			room = max(roomForWriters, roundUp(size, unit))
		}
		if data, err := mmap.Map(f.mapper, 0, int(exact+room), prot, flags); err == nil {
			return data, nil
		}
	}
	data, err := f.mapRange(f.mapper, 0, int(exact), prot, flags)
	if err != nil && !f.cfg.DAX {
		addresses.collect(f.cfg.Mapping == MapRequire)
		data, err = f.mapRange(f.mapper, 0, int(exact), prot, flags)
	}
	return data, f.withoutDAX(err)
}

// withoutDAX makes what the system says to a mapping an error of Open where the
// config asks for DAX.
func (f *MappedFile) withoutDAX(err error) error {
	if err == nil || !f.cfg.DAX {
		return err
	}
	return required{fmt.Errorf("no DAX on this file system: %w", err)}
}

func (f *MappedFile) protection() (mmap.Prot, mmap.Flag) {
	prot, flags := mmap.Read, mmap.Flag(0)
	if f.access.write {
		prot |= mmap.Write
	}
	if f.cfg.Mode == ModeExecute {
		prot |= mmap.Exec
	}
	if f.cfg.DAX {
		flags |= mmap.Durable
	}
	return prot, flags
}

// adopt makes reads and writes use m. Where a mapping cannot be blanked, readers
// go the slow way, which holds a lock against unmapping.
func (f *MappedFile) adopt(m *mapping) {
	f.whole = m
	if f.access.read && mmap.Coherent {
		f.rd.Store(m)
	}
	if f.access.write && !f.access.append {
		f.wr.Store(m)
	}
}

// remap replaces a mapping that the file has outgrown, or will when it has reach
// bytes. mu is held.
func (f *MappedFile) remap(reach int64) error {
	if f.img != nil || f.win != nil {
		return errTooLarge
	}
	old := f.whole
	m, err := f.newWhole(reach)
	if err != nil || m == nil {
		return err
	}
	f.adopt(m)
	f.stats.remaps.Add(1)
	f.lockAnew(m, old)
	switch {
	case old == nil:
	case f.lent || !mmap.Coherent: // slices or readers may still be there
		f.old = append(f.old, old)
	default:
		return old.retire()
	}
	return nil
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

const is64 = math.MaxInt > math.MaxInt32
