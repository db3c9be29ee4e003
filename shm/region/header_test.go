package region

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"
)

func goodHeader() *header {
	return &header{
		payloadOff: frontSize, payloadLen: 1000, fileSize: frontSize + 4096,
		id: ID{1, 2, 3}, schema: Schema{4}, version: 5, created: time.Unix(6, 7), started: time.Unix(8, 9),
		pid: 10, uid: 11, namespace: 12, boot: [16]byte{13}, creatorName: "maker", kind: "test",
	}
}

func goodPage() []byte {
	b := make([]byte, headerSize)
	goodHeader().encode(b)
	return b
}

// reseal makes the checksum right again after a change.
func reseal(b []byte) {
	le.PutUint32(b[offChecksum:], headerSum(b))
}

func TestHeaderRoundTrip(t *testing.T) {
	h, err := decode(goodPage(), frontSize+4096)
	if err != nil {
		t.Fatal(err)
	}
	if *h != *goodHeader() {
		t.Fatalf("got %+v\nwant %+v", h, goodHeader())
	}
}

func TestHeaderRefusesEachLie(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(b []byte)
		seal  bool
		size  int64
		want  error
	}{
		{"magic", func(b []byte) { b[0] ^= 1 }, true, 0, ErrNotRegion},
		{"layout version", func(b []byte) { b[offLayout]++ }, true, 0, ErrLayout},
		{"other byte order", func(b []byte) { binary.NativeEndian.PutUint32(b[offOrder:], 0x04030201) }, true, 0, ErrByteOrder},
		{"no byte order", func(b []byte) { b[offOrder] = 99 }, true, 0, ErrCorrupt},
		{"checksum", func(b []byte) { b[offChecksum] ^= 1 }, false, 0, ErrChecksum},
		{"a changed bit", func(b []byte) { b[headerSize-1] ^= 1 }, false, 0, ErrChecksum},
		{"payload offset small", func(b []byte) { le.PutUint64(b[offPayloadOff:], 4096) }, true, 0, ErrCorrupt},
		{"payload offset odd", func(b []byte) { le.PutUint64(b[offPayloadOff:], frontSize+1) }, true, 0, ErrCorrupt},
		{"payload offset huge", func(b []byte) { le.PutUint64(b[offPayloadOff:], 1<<63) }, true, 0, ErrCorrupt},
		{"payload size zero", func(b []byte) { le.PutUint64(b[offPayloadLen:], 0) }, true, 0, ErrCorrupt},
		{"payload size negative", func(b []byte) { le.PutUint64(b[offPayloadLen:], 1<<63) }, true, 0, ErrCorrupt},
		{"payload size overflowing", func(b []byte) { le.PutUint64(b[offPayloadLen:], 1<<63-1) }, true, 0, ErrCorrupt},
		{"payload past the file's end", func(b []byte) { le.PutUint64(b[offPayloadLen:], 4097) }, true, 0, ErrCorrupt},
		{"file shorter than it says", func([]byte) {}, false, frontSize, ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := goodPage()
			c.spoil(b)
			if c.seal {
				reseal(b)
			}
			size := c.size
			if size == 0 {
				size = frontSize + 4096
			}
			_, err := decode(b, size)
			wantErr(t, err, c.want)
			if r, ok := err.(*RefusalError); !ok || r.Advice() == "" {
				t.Fatalf("%v gives no advice", err)
			}
		})
	}
}

func TestSlotOfHalfWrittenTextIsUnknown(t *testing.T) {
	var b [slotSize]byte
	if _, _, ok := decodeSlot(b[:]); ok {
		t.Fatal("an empty slot describes somebody")
	}
	le.PutUint32(b[slotOffPID:], 7)
	le.PutUint32(b[:], crc32.Checksum(b[4:], castagnoli))
	if a, _, ok := decodeSlot(b[:]); !ok || a.PID != 7 {
		t.Fatalf("%+v, %v", a, ok)
	}
	b[slotOffName+3] = 'x'
	if _, _, ok := decodeSlot(b[:]); ok {
		t.Fatal("a torn slot describes somebody")
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(goodPage()[:offZero], int64(frontSize+4096), true, false)
	f.Add(goodPage()[:offZero], int64(frontSize+4096), true, true)
	f.Add(goodPage()[:100], int64(100), false, true)
	f.Fuzz(func(t *testing.T, b []byte, size int64, whole, seal bool) {
		if whole {
			b = append(b, make([]byte, headerSize)...)[:headerSize]
		}
		if whole && seal {
			copy(b, magic)
			le.PutUint32(b[offLayout:], layoutVersion)
			binary.NativeEndian.PutUint32(b[offOrder:], byteOrderMark)
			reseal(b)
		}
		h, err := decode(b, size)
		if err != nil {
			return
		}
		if h.payloadOff < frontSize || h.payloadLen <= 0 || h.payloadOff+h.payloadLen > size {
			t.Fatalf("accepted a payload at %d of %d bytes in a file of %d", h.payloadOff, h.payloadLen, size)
		}
		again := make([]byte, headerSize)
		h.encode(again)
		if h2, err := decode(again, size); err != nil || *h2 != *h {
			t.Fatalf("round trip: %+v, %v\nfrom %+v", h2, err, h)
		}
	})
}

func FuzzSlot(f *testing.F) {
	f.Add(make([]byte, slotSize), false)
	f.Add([]byte("pid and more"), true)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		b = append(b, make([]byte, slotSize)...)[:slotSize]
		if seal {
			le.PutUint32(b, crc32.Checksum(b[4:], castagnoli))
		}
		if a, _, ok := decodeSlot(b); ok && (a.PID == 0 || len(a.Name) > maxSlotText || len(a.Role) > maxSlotText) {
			t.Fatalf("%+v", a)
		}
	})
}
