package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
)

// Sum is what both sides compute of the stream and compare at its end. The
// chain is SHA-256 over the chain before and the entry: kind, mode, size,
// content digest and path; equal chains mean equal trees.
type Sum struct {
	Entries uint64 // folders and files that arrived whole
	Files   uint64 // of these, files
	Bytes   uint64 // content of the files
	Failed  uint64 // files given up
	Chain   [32]byte
}

const sumLen = 64

// Hex is the chain in hexadecimal.
func (s *Sum) Hex() string { return hex.EncodeToString(s.Chain[:]) }

func (s *Sum) put(dst []byte) {
	le := binary.LittleEndian
	le.PutUint64(dst, s.Entries)
	le.PutUint64(dst[8:], s.Files)
	le.PutUint64(dst[16:], s.Bytes)
	le.PutUint64(dst[24:], s.Failed)
	copy(dst[32:], s.Chain[:])
}

func sumOf(b []byte) Sum {
	le := binary.LittleEndian
	return Sum{
		Entries: le.Uint64(b), Files: le.Uint64(b[8:]), Bytes: le.Uint64(b[16:]),
		Failed: le.Uint64(b[24:]), Chain: [32]byte(b[32:]),
	}
}

// add counts an entry that arrived whole.
func (s *Sum) add(kind Kind, mode fs.FileMode, size uint64, digest [32]byte, path string) {
	s.Entries++
	if kind == File {
		s.Files++
		s.Bytes += size
	}
	h := sha256.New()
	var head [13]byte
	head[0] = byte(kind)
	binary.LittleEndian.PutUint32(head[1:], uint32(mode.Perm()))
	binary.LittleEndian.PutUint64(head[5:], size)
	h.Write(s.Chain[:])
	h.Write(head[:])
	h.Write(digest[:])
	h.Write([]byte(path))
	h.Sum(s.Chain[:0])
}
