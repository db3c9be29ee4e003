package transfer

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"
	"io/fs"
)

// epochShift splits a record's number: the producer's number in the row of its
// predecessors above, the record's below.
const epochShift = 40

// senderState is what a producer leaves to its successor.
type senderState struct {
	Epoch   uint64   // 0: nothing was ever sent
	Job     [16]byte // what is sent
	Session [16]byte // the run through it
	Next    uint64   // the first entry that is not known to be in the ring
	Last    [16]byte // pathHash of the entry before
	Sum     Sum
}

func (s *senderState) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Epoch)
	b = append(b, s.Job[:]...)
	b = append(b, s.Session[:]...)
	b = binary.LittleEndian.AppendUint64(b, s.Next)
	b = append(b, s.Last[:]...)
	return s.Sum.append(b)
}

func (s *senderState) parse(b []byte) error {
	c := cursor{b: b}
	*s = senderState{Epoch: c.u64(), Job: [16]byte(c.take(16)), Session: [16]byte(c.take(16)), Next: c.u64(), Last: [16]byte(c.take(16)), Sum: c.sum()}
	return c.end()
}

// receiverState is what a consumer leaves to its successor.
type receiverState struct {
	Num     uint64 // the last record handled; 0: none
	Session [16]byte
	Writes  bool   // into a Tree
	Next    uint64 // the entry that comes next, or is open
	Sum     Sum
	Before  Sum // Sum before the last entry

	Open bool // a file is being received
	Path string
	Mode fs.FileMode
	Size uint64
	Off  uint64 // bytes of it received
	Hash []byte // of these bytes
}

func (s *receiverState) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(b, s.Num)
	b = append(b, s.Session[:]...)
	b = le.AppendUint64(b, flag(s.Writes)|flag(s.Open)<<1)
	b = le.AppendUint64(b, s.Next)
	b = s.Sum.append(b)
	b = s.Before.append(b)
	if !s.Open {
		return b
	}
	b = le.AppendUint64(b, uint64(s.Mode))
	b = le.AppendUint64(b, s.Size)
	b = le.AppendUint64(b, s.Off)
	b = le.AppendUint64(b, uint64(len(s.Hash)))
	b = append(b, s.Hash...)
	return append(b, s.Path...)
}

func (s *receiverState) parse(b []byte) error {
	c := cursor{b: b}
	*s = receiverState{Num: c.u64(), Session: [16]byte(c.take(16))}
	flags := c.u64()
	s.Writes, s.Open = flags&1 != 0, flags&2 != 0
	s.Next, s.Sum, s.Before = c.u64(), c.sum(), c.sum()
	if s.Open {
		s.Mode, s.Size, s.Off = fs.FileMode(c.u64()).Perm(), c.u64(), c.u64()
		s.Hash = append([]byte(nil), c.take(min(c.u64(), 1<<10))...)
		s.Path = string(c.take(uint64(len(c.b))))
		if err := CheckPath(s.Path); err != nil {
			return err
		}
		if s.Off > s.Size || s.Size > 1<<62 {
			return fmt.Errorf("%w: a journal at %d of %d bytes", ErrProtocol, s.Off, s.Size)
		}
	}
	return c.end()
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (s *Sum) append(b []byte) []byte {
	var buf [sumLen]byte
	s.put(buf[:])
	return append(b, buf[:]...)
}

// cursor takes bytes apart; past the end it yields zeros and remembers.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.short = true
		return make([]byte, n)
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u64() uint64 { return binary.LittleEndian.Uint64(c.take(8)) }
func (c *cursor) sum() Sum    { return sumOf(c.take(sumLen)) }

func (c *cursor) end() error {
	if c.short || len(c.b) > 0 {
		return fmt.Errorf("%w: a journal of the wrong length", ErrProtocol)
	}
	return nil
}

func marshalHash(h hash.Hash, buf []byte) []byte {
	b, err := h.(encoding.BinaryAppender).AppendBinary(buf[:0])
	if err != nil {
		panic(err) // crypto/sha256 does not fail at this
	}
	return b
}

func unmarshalHash(h hash.Hash, b []byte) error {
	return h.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}

// jobOf identifies what is sent.
func jobOf(sources []Source) [16]byte {
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%q %q\n", s.Name, s.As)
	}
	return [16]byte(h.Sum(nil))
}

func pathHash(e Entry) [16]byte {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%d %q", e.Kind, e.Path)))
	return [16]byte(sum[:])
}
