package transfer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
)

// Version of the protocol, sent in Hello.
const Version = 1

// MaxPath and MaxReason bound the texts of a record.
const (
	MaxPath   = 4096
	MaxReason = 512
)

// ErrProtocol is matched by every error about records that break the rules.
var ErrProtocol = errors.New("transfer: protocol violated")

// Kind is the first byte of a record.
type Kind uint8

// The records of a stream, in the order they may come: Hello, then entries
// (Dir … DirEnd around the contents of a folder, File Chunk* End or Abort for a
// file), then Totals. A new Hello may cut in anywhere: another producer goes on.
const (
	Hello  Kind = 1 + iota // Version, Session, Seq: the entry that comes next
	Dir                    // Seq, Mode, Path
	DirEnd                 // Seq, Mode, Path
	File                   // Seq, Mode, Size, Path
	Chunk                  // Offset, Data
	End                    // Size, Digest
	Abort                  // Seq, Retry, Reason: forget the file; Retry: it comes again
	Totals                 // Sum
)

var kindNames = [...]string{Hello: "hello", Dir: "dir", DirEnd: "dirend", File: "file", Chunk: "chunk", End: "end", Abort: "abort", Totals: "totals"}

// String is the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Record is one record of the stream, taken apart. Which fields count depends
// on the Kind; the others are zero.
type Record struct {
	Kind    Kind
	Version uint16
	Session [16]byte
	Seq     uint64
	Mode    fs.FileMode // permission bits only
	Size    uint64
	Offset  uint64
	Retry   bool
	Digest  [32]byte
	Path    string // slash-separated, relative, clean: see CheckPath
	Reason  string
	Data    []byte // Chunk: the bytes, part of the slice that was decoded
	Sum     Sum
}

// All integers are little endian:
//
//	 0      1      2        4       8              16             24       32
//	+------+------+--------+-------+--------------+--------------+--------+---
//	| kind | flag | version| mode  | seq, offset  | size, session| ...    | tail
//	+------+------+--------+-------+--------------+--------------+--------+---
//
// Hello  version @2, seq @8, session @16                          32 bytes
// Dir…   mode @4, seq @8, path @16
// File   mode @4, seq @8, size @16, path @24
// Chunk  offset @8, data @16
// End    size @8, digest @16                                      48 bytes
// Abort  flag @1, seq @8, reason @16
// Totals entries @8, files @16, bytes @24, failed @32, chain @40  72 bytes
const (
	helloLen  = 32
	dirLen    = 16
	fileLen   = 24
	endLen    = 48
	abortLen  = 16
	totalsLen = 72

	// ChunkHeader is what a Chunk has before its data.
	ChunkHeader = 16
)

// Len is the encoded length of r.
func (r *Record) Len() int {
	switch r.Kind {
	case Hello:
		return helloLen
	case Dir, DirEnd:
		return dirLen + len(r.Path)
	case File:
		return fileLen + len(r.Path)
	case Chunk:
		return ChunkHeader + len(r.Data)
	case End:
		return endLen
	case Abort:
		return abortLen + len(r.Reason)
	case Totals:
		return totalsLen
	}
	return 0
}

// Encode writes r to dst, which has at least Len bytes. Every byte is written:
// what dst held before does not leak.
func (r *Record) Encode(dst []byte) {
	le := binary.LittleEndian
	dst = dst[:r.Len()]
	clear(dst[:min(ChunkHeader, len(dst))])
	dst[0] = byte(r.Kind)
	switch r.Kind {
	case Hello:
		le.PutUint16(dst[2:], r.Version)
		le.PutUint64(dst[8:], r.Seq)
		copy(dst[16:], r.Session[:])
	case Dir, DirEnd:
		le.PutUint32(dst[4:], uint32(r.Mode.Perm()))
		le.PutUint64(dst[8:], r.Seq)
		copy(dst[dirLen:], r.Path)
	case File:
		le.PutUint32(dst[4:], uint32(r.Mode.Perm()))
		le.PutUint64(dst[8:], r.Seq)
		le.PutUint64(dst[16:], r.Size)
		copy(dst[fileLen:], r.Path)
	case Chunk:
		PutChunkHeader(dst, r.Offset)
		copy(dst[ChunkHeader:], r.Data)
	case End:
		le.PutUint64(dst[8:], r.Size)
		copy(dst[16:], r.Digest[:])
	case Abort:
		if r.Retry {
			dst[1] = 1
		}
		le.PutUint64(dst[8:], r.Seq)
		copy(dst[abortLen:], r.Reason)
	case Totals:
		r.Sum.put(dst[8:])
	}
}

// PutChunkHeader writes what stands before the data of a chunk, so that the
// data can be put behind it where it is to be.
func PutChunkHeader(dst []byte, offset uint64) {
	clear(dst[:8])
	dst[0] = byte(Chunk)
	binary.LittleEndian.PutUint64(dst[8:], offset)
}

// Decode takes b apart. b is hostile input: every error matches ErrProtocol.
// Data is part of b, everything else is copied.
func Decode(b []byte) (Record, error) {
	if len(b) < ChunkHeader {
		return Record{}, fmt.Errorf("%w: a record of %d bytes", ErrProtocol, len(b))
	}
	le := binary.LittleEndian
	r := Record{Kind: Kind(b[0])}
	var err error
	switch r.Kind {
	case Hello:
		err = exactly(b, r.Kind, helloLen)
		if err == nil {
			r.Version, r.Seq, r.Session = le.Uint16(b[2:]), le.Uint64(b[8:]), [16]byte(b[16:])
		}
	case Dir, DirEnd:
		r.Mode, r.Seq = fs.FileMode(le.Uint32(b[4:])), le.Uint64(b[8:])
		r.Path, err = pathOf(b, dirLen)
	case File:
		if len(b) < fileLen {
			return Record{}, fmt.Errorf("%w: a file record of %d bytes", ErrProtocol, len(b))
		}
		r.Mode, r.Seq, r.Size = fs.FileMode(le.Uint32(b[4:])), le.Uint64(b[8:]), le.Uint64(b[16:])
		r.Path, err = pathOf(b, fileLen)
	case Chunk:
		r.Offset, r.Data = le.Uint64(b[8:]), b[ChunkHeader:]
	case End:
		err = exactly(b, r.Kind, endLen)
		if err == nil {
			r.Size, r.Digest = le.Uint64(b[8:]), [32]byte(b[16:])
		}
	case Abort:
		r.Retry, r.Seq = b[1] != 0, le.Uint64(b[8:])
		r.Reason, err = reasonOf(b[abortLen:])
	case Totals:
		err = exactly(b, r.Kind, totalsLen)
		if err == nil {
			r.Sum = sumOf(b[8:])
		}
	default:
		err = fmt.Errorf("%w: unknown record %v", ErrProtocol, r.Kind)
	}
	if r.Mode != r.Mode.Perm() {
		err = fmt.Errorf("%w: mode %#o", ErrProtocol, uint32(r.Mode))
	}
	if err != nil {
		return Record{}, err
	}
	return r, nil
}

func exactly(b []byte, k Kind, n int) error {
	if len(b) != n {
		return fmt.Errorf("%w: a %v record of %d bytes, want %d", ErrProtocol, k, len(b), n)
	}
	return nil
}

func pathOf(b []byte, at int) (string, error) {
	if len(b)-at > MaxPath {
		return "", fmt.Errorf("%w: a path of %d bytes", ErrProtocol, len(b)-at)
	}
	path := string(b[at:])
	return path, CheckPath(path)
}

// reasonOf gives a text that is safe to print.
func reasonOf(b []byte) (string, error) {
	if len(b) > MaxReason {
		return "", fmt.Errorf("%w: a reason of %d bytes", ErrProtocol, len(b))
	}
	return string(b), nil
}
