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
	Num     uint64 // grows with every record, also from one producer to the next
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

// All integers are little endian; bytes without a name are zero.
//
//	 0      1      2         4       8      16
//	+------+------+---------+-------+------+-----
//	| kind | flag | version | mode  | num  | body
//	+------+------+---------+-------+------+-----
//
//	Hello   seq, session
//	Dir…    seq, path
//	File    seq, size, path
//	Chunk   offset, data
//	End     size, digest
//	Abort   seq, reason; flag 1: retry
//	Totals  entries, files, bytes, failed, chain
const (
	headLen   = 16
	helloLen  = headLen + 24
	dirLen    = headLen + 8
	fileLen   = headLen + 16
	endLen    = headLen + 40
	abortLen  = headLen + 8
	totalsLen = headLen + sumLen

	// ChunkHeader is what a Chunk has before its data.
	ChunkHeader = headLen + 8
)

// minLen is the length of a record of each kind without its tail.
var minLen = [...]int{Hello: helloLen, Dir: dirLen, DirEnd: dirLen, File: fileLen, Chunk: ChunkHeader, End: endLen, Abort: abortLen, Totals: totalsLen}

// Len is the encoded length of r.
func (r *Record) Len() int {
	return minLen[r.Kind] + len(r.Path) + len(r.Data) + len(r.Reason)
}

// Encode writes r to dst, which has at least Len bytes. Every byte is written:
// what dst held before does not leak.
func (r *Record) Encode(dst []byte) {
	le := binary.LittleEndian
	body := r.head(dst)
	switch r.Kind {
	case Hello:
		le.PutUint64(body, r.Seq)
		copy(body[8:], r.Session[:])
	case Dir, DirEnd:
		le.PutUint64(body, r.Seq)
		copy(body[8:], r.Path)
	case File:
		le.PutUint64(body, r.Seq)
		le.PutUint64(body[8:], r.Size)
		copy(body[16:], r.Path)
	case Chunk:
		le.PutUint64(body, r.Offset)
		copy(body[8:], r.Data)
	case End:
		le.PutUint64(body, r.Size)
		copy(body[8:], r.Digest[:])
	case Abort:
		le.PutUint64(body, r.Seq)
		copy(body[8:], r.Reason)
	case Totals:
		r.Sum.put(body)
	}
}

// head writes what all records begin with and returns the rest of dst.
func (r *Record) head(dst []byte) []byte {
	dst[0], dst[1] = byte(r.Kind), 0
	if r.Retry {
		dst[1] = 1
	}
	binary.LittleEndian.PutUint16(dst[2:], r.Version)
	binary.LittleEndian.PutUint32(dst[4:], uint32(r.Mode.Perm()))
	binary.LittleEndian.PutUint64(dst[8:], r.Num)
	return dst[headLen:]
}

// Decode takes b apart. b is hostile input: every error matches ErrProtocol.
// Data is part of b, everything else is copied.
func Decode(b []byte) (Record, error) {
	if len(b) < headLen {
		return Record{}, fmt.Errorf("%w: a record of %d bytes", ErrProtocol, len(b))
	}
	le := binary.LittleEndian
	r := Record{Kind: Kind(b[0]), Num: le.Uint64(b[8:])}
	if r.Kind == 0 || int(r.Kind) >= len(minLen) {
		return Record{}, fmt.Errorf("%w: unknown record %v", ErrProtocol, r.Kind)
	}
	if len(b) < minLen[r.Kind] {
		return Record{}, fmt.Errorf("%w: a %v record of %d bytes", ErrProtocol, r.Kind, len(b))
	}
	body, tail := b[headLen:], b[minLen[r.Kind]:]
	var err error
	switch r.Kind {
	case Hello:
		r.Version, r.Seq, r.Session = le.Uint16(b[2:]), le.Uint64(body), [16]byte(body[8:])
		err = noTail(r.Kind, tail)
	case Dir, DirEnd:
		r.Seq = le.Uint64(body)
		r.Mode, err = modeOf(b)
		r.Path = string(tail[:min(len(tail), MaxPath+1)])
	case File:
		r.Seq, r.Size = le.Uint64(body), le.Uint64(body[8:])
		r.Mode, err = modeOf(b)
		r.Path = string(tail[:min(len(tail), MaxPath+1)])
	case Chunk:
		r.Offset, r.Data = le.Uint64(body), tail
	case End:
		r.Size, r.Digest = le.Uint64(body), [32]byte(body[8:])
		err = noTail(r.Kind, tail)
	case Abort:
		r.Seq, r.Retry = le.Uint64(body), b[1] != 0
		if len(tail) > MaxReason {
			err = fmt.Errorf("%w: a reason of %d bytes", ErrProtocol, len(tail))
		} else {
			r.Reason = string(tail)
		}
	case Totals:
		r.Sum = sumOf(body)
		err = noTail(r.Kind, tail)
	}
	switch r.Kind {
	case Dir, DirEnd, File:
		err = errors.Join(err, CheckPath(r.Path))
	}
	if err != nil {
		return Record{}, err
	}
	return r, nil
}

func noTail(k Kind, tail []byte) error {
	if len(tail) > 0 {
		return fmt.Errorf("%w: a %v record that is %d bytes too long", ErrProtocol, k, len(tail))
	}
	return nil
}

func modeOf(b []byte) (fs.FileMode, error) {
	mode := fs.FileMode(binary.LittleEndian.Uint32(b[4:]))
	if mode != mode.Perm() {
		return 0, fmt.Errorf("%w: mode %#o", ErrProtocol, uint32(mode))
	}
	return mode, nil
}
