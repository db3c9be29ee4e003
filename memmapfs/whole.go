package memmapfs

import (
	"fmt"
	"math"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// Room left behind the end of a mapping costs addresses and nothing else.
const (
	roomForWriters = 1 << 32
	roomForReaders = 1 << 24
)

const coldShift = 16 // pages are brought in 64 KiB at a time

// mapWhole maps the whole file and room to grow.
func (f *MappedFile) mapWhole() error {
	switch {
	case f.native == nil:
		return errNoDescriptor
	case f.access.write && (f.cfg.Mode == ModeReadOnly || f.cfg.Mode == ModeExecute):
		return errWriteHandle
	case f.access.write && !f.access.read:
		return errWriteHandle
	}
	data, err := f.mapRoom(f.size.Load())
	if err != nil {
		return err
	}
	f.adopt(f.newMapping(data))
	return nil
}

// newMapping registers data with sigbus, so that faults name the file.
func (f *MappedFile) newMapping(data []byte) *mapping {
	var cold *blockSet
	if !f.cfg.ColdFaults && !mmap.KindOf(f.native).InMemory {
		cold = &blockSet{shift: coldShift}
	}
	return newMapping(data, f.access.write, cold, sigbus.Register(data, f.name, 0))
}

// mapRoom maps size bytes and what room it can get.
func (f *MappedFile) mapRoom(size int64) ([]byte, error) {
	prot, flags := f.protection()
	exact := roundUp(max(size, 1), int64(mmap.PageSize()))
	if exact > math.MaxInt {
		return nil, fmt.Errorf("%d bytes do not fit the address space", size)
	}
	if mmap.Coherent && is64 {
		room := int64(roomForReaders)
		if f.access.write {
			room = roomForWriters + size
		}
		if data, err := mmap.Map(f.native, 0, int(exact+room), prot, flags); err == nil {
			return data, nil
		}
	}
	if !mmap.Coherent {
		exact = size
		if size == 0 {
			return nil, errEmpty
		}
	}
	data, err := mmap.Map(f.native, 0, int(exact), prot, flags)
	if err != nil {
		addresses.collect()
		data, err = mmap.Map(f.native, 0, int(exact), prot, flags)
	}
	return data, err
}

func (f *MappedFile) protection() (mmap.Prot, mmap.Flag) {
	prot, flags := mmap.Read, mmap.Flag(0)
	if f.access.write {
		prot |= mmap.Write
	}
	switch f.cfg.Mode {
	case ModeExecute:
		prot |= mmap.Exec
	case ModeCopyOnWrite:
		flags |= mmap.Private
	}
	return prot, flags
}

// adopt makes reads and writes use m.
func (f *MappedFile) adopt(m *mapping) {
	f.whole = m
	if f.access.read {
		f.rd.Store(m)
	}
	if f.access.write && !f.access.append {
		f.wr.Store(m)
	}
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

const is64 = math.MaxInt > math.MaxInt32
