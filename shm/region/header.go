package region

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math"
	"time"
	"unicode/utf8"
)

// ID tells one region from every other, also from a later one of its name.
type ID [16]byte

// String is the identity in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// header is the private copy of a region's first page.
type header struct {
	flags       uint32
	payloadOff  int64
	payloadLen  int64
	fileSize    int64
	id          ID
	schema      Schema
	version     uint32
	payloadSum  uint32
	created     time.Time
	pid         int
	uid         int
	namespace   uint64
	started     time.Time
	boot        [16]byte
	creatorName string
	kind        string
}

var le = binary.LittleEndian

// encode writes the header into the first page of a file, checksum last.
func (h *header) encode(b []byte) {
	b = b[:headerSize]
	clear(b)
	copy(b[offMagic:], magic)
	le.PutUint32(b[offLayout:], layoutVersion)
	binary.NativeEndian.PutUint32(b[offOrder:], byteOrderMark)
	le.PutUint32(b[offFlags:], h.flags)
	le.PutUint64(b[offPayloadOff:], uint64(h.payloadOff))
	le.PutUint64(b[offPayloadLen:], uint64(h.payloadLen))
	le.PutUint64(b[offFileSize:], uint64(h.fileSize))
	copy(b[offID:], h.id[:])
	copy(b[offSchema:], h.schema[:])
	le.PutUint32(b[offVersion:], h.version)
	le.PutUint32(b[offPayloadSum:], h.payloadSum)
	le.PutUint64(b[offCreated:], uint64(h.created.UnixNano()))
	le.PutUint32(b[offPID:], uint32(h.pid))
	le.PutUint32(b[offUID:], uint32(h.uid))
	le.PutUint64(b[offNamespace:], h.namespace)
	le.PutUint64(b[offStarted:], uint64(h.started.UnixNano()))
	copy(b[offBoot:], h.boot[:])
	putText(b[offCreator:offCreator+1+maxText], h.creatorName)
	putText(b[offKind:offKind+1+maxText], h.kind)
	le.PutUint32(b[offChecksum:], headerSum(b))
}

// decode validates the first page of a file of realSize bytes. Nothing of it is
// believed before the checksum holds, and no number before it is in bounds: the
// page may come from anybody.
func decode(b []byte, realSize int64) (*header, error) {
	if len(b) < headerSize {
		return nil, refuse(ErrTooShort, "%d bytes, a header alone takes %d", len(b), headerSize)
	}
	b = b[:headerSize]
	if string(b[offMagic:offMagic+len(magic)]) != magic {
		return nil, refuse(ErrNotRegion, "it starts with %q", b[offMagic:offMagic+len(magic)])
	}
	if v := le.Uint32(b[offLayout:]); v != layoutVersion {
		return nil, refuse(ErrLayout, "layout version %d, this program knows %d", v, layoutVersion)
	}
	if m := binary.NativeEndian.Uint32(b[offOrder:]); m != byteOrderMark {
		if m == 0x04030201 {
			return nil, refuse(ErrByteOrder, "byte order mark %#08x", m)
		}
		return nil, refuse(ErrCorrupt, "byte order mark %#08x", m)
	}
	if want, got := le.Uint32(b[offChecksum:]), headerSum(b); want != got {
		return nil, refuse(ErrChecksum, "checksum %#08x, header says %#08x", got, want)
	}
	h := &header{
		flags:       le.Uint32(b[offFlags:]),
		payloadOff:  int64(le.Uint64(b[offPayloadOff:])),
		payloadLen:  int64(le.Uint64(b[offPayloadLen:])),
		fileSize:    int64(le.Uint64(b[offFileSize:])),
		id:          ID(b[offID:]),
		schema:      Schema(b[offSchema:]),
		version:     le.Uint32(b[offVersion:]),
		payloadSum:  le.Uint32(b[offPayloadSum:]),
		created:     time.Unix(0, int64(le.Uint64(b[offCreated:]))),
		pid:         int(int32(le.Uint32(b[offPID:]))),
		uid:         int(int32(le.Uint32(b[offUID:]))),
		namespace:   le.Uint64(b[offNamespace:]),
		started:     time.Unix(0, int64(le.Uint64(b[offStarted:]))),
		boot:        [16]byte(b[offBoot:]),
		creatorName: text(b[offCreator : offCreator+1+maxText]),
		kind:        text(b[offKind : offKind+1+maxText]),
	}
	return h, h.checkSizes(realSize)
}

func (h *header) checkSizes(realSize int64) error {
	switch {
	case h.payloadOff < frontSize || h.payloadOff%payloadAlign != 0 || h.payloadOff > math.MaxInt64/2:
		return refuse(ErrCorrupt, "payload offset %d", h.payloadOff)
	case h.payloadLen <= 0 || h.payloadLen > math.MaxInt64/2:
		return refuse(ErrCorrupt, "payload size %d", h.payloadLen)
	case h.fileSize < h.payloadOff+h.payloadLen:
		return refuse(ErrCorrupt, "payload ends at %d, file at %d", h.payloadOff+h.payloadLen, h.fileSize)
	case realSize < h.fileSize:
		return refuse(ErrTruncated, "%d bytes of %d are left", realSize, h.fileSize)
	case h.fileSize > math.MaxInt:
		return refuse(ErrTooLarge, "%d bytes", h.fileSize)
	}
	return nil
}

// headerSum is the checksum of a header page with the checksum field as zero.
func headerSum(b []byte) uint32 {
	var zero [4]byte
	sum := crc32.Update(0, castagnoli, b[:offChecksum])
	sum = crc32.Update(sum, castagnoli, zero[:])
	return crc32.Update(sum, castagnoli, b[offChecksum+4:headerSize])
}

// putText stores s, cut to fit on a rune's boundary, behind its length.
func putText(b []byte, s string) {
	s = clip(s, len(b)-1)
	b[0] = byte(len(s))
	copy(b[1:], s)
}

func text(b []byte) string {
	n := min(int(b[0]), len(b)-1)
	return string(b[1 : 1+n])
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
