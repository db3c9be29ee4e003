package ring

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ID is a ring's identity: a ring made anew under an old name has another one.
type ID [16]byte

type header struct {
	capacity uint64
	id       ID
	lossy    bool
}

// format writes the header of an empty ring into mem, which holds zeros.
func format(mem []byte, capacity uint64) error { return formatAs(formatVersion, mem, capacity) }

func formatAs(version uint32, mem []byte, capacity uint64) error {
	if uint64(len(mem)) < dataOffset+capacity {
		return fmt.Errorf("a ring of %d bytes needs %d of memory, there are %d: %w", capacity, dataOffset+capacity, len(mem), fs.ErrInvalid)
	}
	var id ID
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	copy(mem[offMagic:], magic)
	binary.LittleEndian.PutUint32(mem[offVersion:], version)
	binary.NativeEndian.PutUint32(mem[offOrder:], byteOrderMark)
	binary.LittleEndian.PutUint64(mem[offCapacity:], capacity)
	binary.LittleEndian.PutUint64(mem[offData:], dataOffset)
	copy(mem[offID:], id[:])
	binary.LittleEndian.PutUint32(mem[offChecksum:], checksum(mem[:headerBytes]))
	return nil
}

// checksum is the CRC-32C of page with its checksum field as zero.
func checksum(page []byte) uint32 {
	sum := crc32.Update(0, castagnoli, page[:offChecksum])
	sum = crc32.Update(sum, castagnoli, []byte{0, 0, 0, 0})
	return crc32.Update(sum, castagnoli, page[offChecksum+4:])
}

// parse reads the header of a ring and believes nothing of it. It works on a
// private copy, so that what it checked is what it returns.
func parse(mem []byte) (header, error) {
	var h header
	if len(mem) < dataOffset+minCapacity || !aligned(mem) {
		return h, fmt.Errorf("%d bytes are no ring: %w", len(mem), ErrCorrupt)
	}
	page := bytes.Clone(mem[:headerBytes])
	version := binary.LittleEndian.Uint32(page[offVersion:])
	switch {
	case string(page[offMagic:offMagic+8]) != magic:
		return h, fmt.Errorf("no ring in this memory: %w", ErrCorrupt)
	case version != formatVersion && version != lossyVersion:
		return h, fmt.Errorf("format %d, ours are %d and %d: %w", version, formatVersion, lossyVersion, ErrVersion)
	case binary.NativeEndian.Uint32(page[offOrder:]) != byteOrderMark:
		return h, fmt.Errorf("made on a machine of the other byte order: %w", ErrVersion)
	case binary.LittleEndian.Uint32(page[offChecksum:]) != checksum(page):
		return h, fmt.Errorf("header checksum: %w", ErrCorrupt)
	}
	h.capacity = binary.LittleEndian.Uint64(page[offCapacity:])
	copy(h.id[:], page[offID:])
	h.lossy = version == lossyVersion
	switch {
	case h.capacity < minCapacity || h.capacity > maxCapacity || h.capacity&(h.capacity-1) != 0:
		return h, fmt.Errorf("capacity %d: %w", h.capacity, ErrCorrupt)
	case binary.LittleEndian.Uint64(page[offData:]) != dataOffset:
		return h, fmt.Errorf("data offset: %w", ErrCorrupt)
	case uint64(len(mem))-dataOffset < h.capacity:
		return h, fmt.Errorf("capacity %d in %d bytes: %w", h.capacity, len(mem), ErrCorrupt)
	}
	return h, nil
}
