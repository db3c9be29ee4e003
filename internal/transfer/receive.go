package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/absfs/shmkit/sigbus"
)

// In is where records come from: a ring.Consumer.
type In interface {
	Next(ctx context.Context) ([]byte, error)
	Release()
}

// The ways a transfer can turn out wrong.
var (
	ErrDigest = errors.New("transfer: content does not match its SHA-256")
	ErrSum    = errors.New("transfer: the totals of both sides differ")
)

// A Receiver takes a stream, verifies it, and writes it to a Tree if it has
// one. Its fields are set before Receive and not changed.
type Receiver struct {
	In      In
	Tree    *Tree // nil: verify only
	Journal *Journal
	Watch   Watcher

	state receiverState
	hash  hash.Hash
	found bool // the open file is in its place already, put there by a former receiver
}

// Receive takes records until the totals, and goes on where a former consumer
// was killed. Every record is journalled before its space is released. Errors:
// ErrUnfinished when the former consumer was started for something else,
// ErrProtocol, ErrDigest, ErrSum, those of the ring, of the Tree, ctx's, and
// io.ErrUnexpectedEOF when the producer closed before its totals.
func (r *Receiver) Receive(ctx context.Context) (Sum, error) {
	if err := r.begin(); err != nil {
		return Sum{}, err
	}
	for {
		if err := ctx.Err(); err != nil { // where a record is there every time nobody waits
			return r.state.Sum, err
		}
		b, err := r.In.Next(ctx)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return r.state.Sum, err
		}
		var done bool
		var herr error
		err = sigbus.Guard(func() { done, herr = r.record(b) })
		if err := errors.Join(err, herr); err != nil {
			return r.state.Sum, err
		}
		if err := r.Journal.saveReceiver(&r.state); err != nil {
			return r.state.Sum, err
		}
		r.In.Release()
		r.Watch.progress(&r.state.Sum, r.state.Off)
		if done {
			return r.state.Sum, nil
		}
	}
}

// begin reads the journal and opens the file it was at.
func (r *Receiver) begin() error {
	var err error
	r.state, err = r.Journal.loadReceiver()
	r.hash = sha256.New()
	if err != nil {
		return err
	}
	if r.state.Num > 0 && r.state.Writes != (r.Tree != nil) {
		return fmt.Errorf("%w whose consumer did not say the same about -out: do as it did, or let the producer start over with -fresh", ErrUnfinished)
	}
	r.state.Writes = r.Tree != nil
	if !r.state.Open {
		return nil
	}
	if err := unmarshalHash(r.hash, r.state.Hash); err != nil {
		return fmt.Errorf("%w: the journal: %w", ErrProtocol, err)
	}
	if r.Tree == nil {
		return nil
	}
	err = r.Tree.Resume(int64(r.state.Off))
	if errors.Is(err, fs.ErrNotExist) && r.state.Off == r.state.Size {
		r.found, err = true, nil
	}
	if err != nil {
		return fmt.Errorf("%w, and %q, which is half received, is not in this folder: %w", ErrUnfinished, r.state.Path, err)
	}
	return nil
}

// record takes one record in and reports whether it was the last one.
func (r *Receiver) record(b []byte) (done bool, err error) {
	rec, err := Decode(b)
	if err != nil {
		return false, err
	}
	s := &r.state
	if rec.Num <= s.Num {
		return false, nil // handled by a receiver that died before it released it
	}
	if rec.Kind != Hello && (s.Num == 0 || rec.Num != s.Num+1) {
		return false, fmt.Errorf("%w: record %#x follows record %#x", ErrProtocol, rec.Num, s.Num)
	}
	s.Num = rec.Num
	switch rec.Kind {
	case Hello:
		return false, r.hello(&rec)
	case Dir, DirEnd, File:
		return false, r.entry(&rec)
	case Chunk:
		return false, r.chunk(&rec)
	case End:
		return false, r.end(&rec)
	case Abort:
		return false, r.abort(&rec)
	}
	if s.Open {
		return false, fmt.Errorf("%w: totals in the middle of %q", ErrProtocol, s.Path)
	}
	if rec.Sum != s.Sum {
		return true, fmt.Errorf("%w: sent %d files, %d bytes, %s; received %d files, %d bytes, %s", ErrSum,
			rec.Sum.Files, rec.Sum.Bytes, rec.Sum.Hex(), s.Sum.Files, s.Sum.Bytes, s.Sum.Hex())
	}
	return true, nil
}

// hello begins a stream or goes on with one after its producer died.
func (r *Receiver) hello(rec *Record) error {
	s := &r.state
	if rec.Version != Version {
		return fmt.Errorf("%w: version %d, this program speaks %d", ErrProtocol, rec.Version, Version)
	}
	if err := r.drop(); err != nil {
		return err
	}
	switch {
	case rec.Seq == 0:
		*s = receiverState{Num: s.Num, Session: rec.Session, Writes: s.Writes}
	case rec.Session != s.Session:
		return fmt.Errorf("%w: the beginning of the stream is missing", ErrProtocol)
	case rec.Seq+1 == s.Next:
		s.Next, s.Sum = rec.Seq, s.Before
	case rec.Seq != s.Next:
		return fmt.Errorf("%w: entry %d announced, %d expected", ErrProtocol, rec.Seq, s.Next)
	}
	return nil
}

func (r *Receiver) entry(rec *Record) error {
	s := &r.state
	if s.Open || rec.Seq != s.Next {
		return fmt.Errorf("%w: entry %d (%q) out of order", ErrProtocol, rec.Seq, rec.Path)
	}
	switch {
	case rec.Kind == File:
		if rec.Size > 1<<62 {
			return fmt.Errorf("%w: %q has %d bytes", ErrProtocol, rec.Path, rec.Size)
		}
		s.Open, s.Path, s.Mode, s.Size, s.Off = true, rec.Path, rec.Mode, rec.Size, 0
		r.hash.Reset()
		s.Hash = marshalHash(r.hash, s.Hash)
		if r.Tree != nil {
			return r.Tree.Begin(rec.Path)
		}
		return nil
	case r.Tree == nil:
	case rec.Kind == Dir:
		if err := r.Tree.Dir(rec.Path, rec.Mode); err != nil {
			return err
		}
	default:
		if err := r.Tree.DirEnd(rec.Path, rec.Mode); err != nil {
			return err
		}
	}
	s.Before = s.Sum
	s.Sum.add(rec.Kind, rec.Mode, 0, [32]byte{}, rec.Path)
	s.Next++
	return nil
}

func (r *Receiver) chunk(rec *Record) error {
	s := &r.state
	if !s.Open || rec.Offset != s.Off || uint64(len(rec.Data)) > s.Size-s.Off {
		return fmt.Errorf("%w: %d bytes at %d are not what comes next", ErrProtocol, len(rec.Data), rec.Offset)
	}
	r.hash.Write(rec.Data)
	if r.Tree != nil {
		if err := r.Tree.Write(rec.Data, int64(s.Off)); err != nil {
			return err
		}
	}
	s.Off += uint64(len(rec.Data))
	s.Hash = marshalHash(r.hash, s.Hash)
	return nil
}

func (r *Receiver) end(rec *Record) error {
	s := &r.state
	if !s.Open || s.Off != s.Size || rec.Size != s.Size {
		return fmt.Errorf("%w: %q ended after %d of %d bytes", ErrProtocol, s.Path, s.Off, s.Size)
	}
	if [32]byte(r.hash.Sum(nil)) != rec.Digest {
		return fmt.Errorf("%q: %w", s.Path, ErrDigest)
	}
	if err := r.place(rec.Digest); err != nil {
		return err
	}
	s.Before = s.Sum
	s.Sum.add(File, s.Mode, s.Size, rec.Digest, s.Path)
	s.Open, s.Off = false, 0
	s.Next++
	return nil
}

// place gives the file its name, or verifies that it has it already.
func (r *Receiver) place(digest [32]byte) error {
	s := &r.state
	if r.Tree == nil {
		return nil
	}
	if !r.found {
		return r.Tree.Place(s.Path, int64(s.Size), s.Mode)
	}
	r.found = false
	f, err := r.Tree.Placed(s.Path)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != digest {
		return fmt.Errorf("%q, placed by a consumer that died: %w", s.Path, ErrDigest)
	}
	return nil
}

func (r *Receiver) abort(rec *Record) error {
	s := &r.state
	if rec.Seq != s.Next {
		return fmt.Errorf("%w: entry %d given up, %d was expected", ErrProtocol, rec.Seq, s.Next)
	}
	if err := r.drop(); err != nil {
		return err
	}
	if rec.Retry {
		return nil
	}
	s.Before = s.Sum
	s.Sum.Failed++
	s.Next++
	return nil
}

// drop forgets the file that is open.
func (r *Receiver) drop() error {
	open := r.state.Open
	r.state.Open, r.state.Off, r.found = false, 0, false
	if open && r.Tree != nil {
		return r.Tree.Discard()
	}
	return nil
}
