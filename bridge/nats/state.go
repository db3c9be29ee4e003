package bridge

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/absfs/shmkit/shm/region"
)

// A step is what a receiver is about to do: put the message of a sequence into the
// ring while it stands at a position.
type step struct{ sequence, position uint64 }

// steps is the memory of a receiver: two slots in a region, written in turn, so
// that one is whole whenever the receiver dies.
type steps struct {
	r    *region.Region
	next int
}

const (
	stateKind = "shmbridge"
	slotBytes = 32
)

func openSteps(ringName, dir string) (*steps, error) {
	r, err := region.Open(ringName+".bridge", &region.Options{Dir: dir, Create: true, Size: 2 * slotBytes, Kind: stateKind, Version: 1})
	if err != nil {
		return nil, err
	}
	return &steps{r: r}, nil
}

func (s *steps) close() error { return s.r.Close() }

// last returns the step noted last; ok is false when there is none.
func (s *steps) last() (last step, ok bool) {
	for i := range 2 {
		slot := s.slot(i)
		if binary.LittleEndian.Uint32(slot[16:]) != sum(slot) {
			continue
		}
		at := step{binary.LittleEndian.Uint64(slot), binary.LittleEndian.Uint64(slot[8:])}
		if !ok || at.sequence > last.sequence {
			last, ok, s.next = at, true, 1-i
		}
	}
	return last, ok
}

// note overwrites the older slot.
func (s *steps) note(at step) {
	slot := s.slot(s.next)
	binary.LittleEndian.PutUint64(slot, at.sequence)
	binary.LittleEndian.PutUint64(slot[8:], at.position)
	binary.LittleEndian.PutUint32(slot[16:], sum(slot))
	s.next = 1 - s.next
}

func (s *steps) slot(i int) []byte { return s.r.Bytes()[i*slotBytes : (i+1)*slotBytes] }

// sum is never that of an empty slot.
func sum(slot []byte) uint32 { return ^crc32.ChecksumIEEE(slot[:16]) | 1 }
