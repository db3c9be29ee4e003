package transfer

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync/atomic"
)

// cellSlot is the size of each half of a cell.
const cellSlot = 8192

// A cell keeps a small value in shared memory so that its writer may be killed
// at any instruction: the value goes to the half that is not in use, and one
// atomic store makes it the one that counts. A cell has one writer at a time.
type cell struct {
	turn  *uint64
	slots [2][]byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// save replaces the value.
func (c *cell) save(value []byte) error {
	if len(value) > cellSlot-8 {
		return fmt.Errorf("transfer: a journal entry of %d bytes", len(value))
	}
	turn := *c.turn + 1
	slot := c.slots[turn&1]
	copy(slot[8:], value)
	binary.LittleEndian.PutUint32(slot, uint32(len(value)))
	binary.LittleEndian.PutUint32(slot[4:], crc32.Checksum(value, castagnoli))
	// The new half is complete; this makes it count for whoever comes next.
	atomic.StoreUint64(c.turn, turn)
	return nil
}

// load appends the value to buf[:0]; it is empty before the first save.
func (c *cell) load(buf []byte) ([]byte, error) {
	turn := atomic.LoadUint64(c.turn)
	if turn == 0 {
		return buf[:0], nil
	}
	slot := c.slots[turn&1]
	n := binary.LittleEndian.Uint32(slot)
	if n > cellSlot-8 {
		return nil, fmt.Errorf("%w: a journal entry of %d bytes", ErrProtocol, n)
	}
	value := append(buf[:0], slot[8:8+n]...)
	if crc32.Checksum(value, castagnoli) != binary.LittleEndian.Uint32(slot[4:]) {
		return nil, fmt.Errorf("%w: a journal entry fails its checksum", ErrProtocol)
	}
	return value, nil
}
