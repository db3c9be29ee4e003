package transfer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// Out is where records go: a ring.Producer.
type Out interface {
	Reserve(ctx context.Context, n int) ([]byte, error)
	Commit(n int) error
	Abort()
}

// tries is how often a file that does not hold still is sent.
const tries = 3

// A Sender sends trees. Its fields are set before Send and not changed.
type Sender struct {
	Out     Out
	FS      *memmapfs.MemMapFS
	Sources []Source
	Chunk   int // bytes of content in a record
	Fresh   bool
	Journal *Journal
	Watch   Watcher

	state senderState
	num   uint64
}

// ErrUnfinished is the error of a ring on which another transfer is under way,
// which stays as it is.
var ErrUnfinished = errors.New("the ring holds an unfinished transfer")

// Send walks the sources and sends them; where a former producer of the same
// sources was killed it goes on with the file that one was at. It returns when
// all is in the ring. Errors: ErrUnfinished, those of the ring, ctx's.
func (s *Sender) Send(ctx context.Context) (Sum, error) {
	skip, err := s.begin(ctx)
	if err != nil {
		return Sum{}, err
	}
	index := uint64(0)
	for e := range Walk(s.FS, s.Sources) {
		if e.Kind == 0 && e.Err == nil {
			s.Watch.skipped(e)
			continue
		}
		if index < skip {
			if index++; index == skip && pathHash(e) != s.state.Last {
				s.Fresh = true // the tree is another one now
				return s.Send(ctx)
			}
			continue
		}
		if err := s.entry(ctx, index, e); err != nil {
			return s.state.Sum, err
		}
		index++
		s.state.Next, s.state.Last = index, pathHash(e)
		if err := s.Journal.saveSender(&s.state); err != nil {
			return s.state.Sum, err
		}
		s.Watch.progress(&s.state.Sum, 0)
	}
	return s.state.Sum, s.send(ctx, &Record{Kind: Totals, Sum: s.state.Sum})
}

// begin says Hello and returns how many entries were sent before.
func (s *Sender) begin(ctx context.Context) (uint64, error) {
	job := jobOf(s.Sources)
	old, err := s.Journal.loadSender()
	if err != nil {
		return 0, err
	}
	if old.Epoch > 0 && old.Job != job && !s.Fresh {
		return 0, fmt.Errorf("%w of other paths: finish that one, or start over with -fresh", ErrUnfinished)
	}
	if old.Epoch == 0 || s.Fresh {
		old = senderState{Epoch: old.Epoch, Job: job}
		rand.Read(old.Session[:])
	}
	old.Epoch++
	s.state, s.num = old, old.Epoch<<epochShift
	if err := s.Journal.saveSender(&s.state); err != nil {
		return 0, err
	}
	s.Watch.progress(&s.state.Sum, 0)
	return s.state.Next, s.send(ctx, &Record{Kind: Hello, Version: Version, Session: s.state.Session, Seq: s.state.Next})
}

// entry sends one entry, several times if need be.
func (s *Sender) entry(ctx context.Context, seq uint64, e Entry) error {
	switch {
	case e.Err != nil:
		return s.giveUp(ctx, seq, e, e.Err, false)
	case e.Kind != File:
		s.state.Sum.add(e.Kind, e.Mode, 0, [32]byte{}, e.Path)
		return s.send(ctx, &Record{Kind: e.Kind, Seq: seq, Mode: e.Mode, Path: e.Path})
	}
	for try := 1; ; try++ {
		err := s.file(ctx, seq, e)
		var bad *fileError
		if !errors.As(err, &bad) {
			return err
		}
		again := try < tries && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
		if err := s.giveUp(ctx, seq, e, bad.err, again); err != nil || !again {
			return err
		}
	}
}

func (s *Sender) giveUp(ctx context.Context, seq uint64, e Entry, why error, again bool) error {
	s.Watch.aborted(e.Path, why, again)
	if !again {
		s.state.Sum.Failed++
	}
	reason := why.Error()
	return s.send(ctx, &Record{Kind: Abort, Seq: seq, Retry: again, Reason: reason[:min(len(reason), MaxReason)]})
}

// fileError is an error of a file, not of the ring.
type fileError struct{ err error }

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

var errChanged = errors.New("changed while it was sent")

// file sends a file once, from its map into the ring.
func (s *Sender) file(ctx context.Context, seq uint64, e Entry) (err error) {
	f, err := s.FS.Open(e.Name)
	if err != nil {
		return &fileError{err}
	}
	defer f.Close()
	before, err := f.Stat()
	if err == nil && !before.Mode().IsRegular() {
		err = errChanged
	}
	if err != nil {
		return &fileError{err}
	}
	size, mode := before.Size(), before.Mode().Perm()
	if err := s.send(ctx, &Record{Kind: File, Seq: seq, Mode: mode, Size: uint64(size), Path: e.Path}); err != nil {
		return err
	}
	hash := sha256.New()
	for off := int64(0); off < size; {
		n := min(int64(s.Chunk), size-off)
		if err := s.chunk(ctx, f, off, int(n), hash); err != nil {
			return err
		}
		off += n
		s.Watch.progress(&s.state.Sum, uint64(off))
	}
	after, err := f.Stat()
	if err == nil && (after.Size() != size || !after.ModTime().Equal(before.ModTime())) {
		err = errChanged
	}
	if err != nil {
		return &fileError{err}
	}
	digest := [32]byte(hash.Sum(nil))
	s.state.Sum.add(File, mode, uint64(size), digest, e.Path)
	return s.send(ctx, &Record{Kind: End, Size: uint64(size), Digest: digest})
}

// chunk copies n bytes at off from the file's memory to the ring's and hashes
// what arrived there.
func (s *Sender) chunk(ctx context.Context, f absfs.File, off int64, n int, hash io.Writer) error {
	slot, err := s.reserve(ctx, ChunkHeader+n)
	if err != nil {
		return err
	}
	r := Record{Kind: Chunk, Num: s.num + 1, Offset: uint64(off)}
	r.Encode(slot)
	data := slot[ChunkHeader : ChunkHeader+n]
	if err := fill(data, f, off); err != nil {
		s.Out.Abort()
		return &fileError{err}
	}
	if err := sigbus.Guard(func() { hash.Write(data) }); err != nil {
		s.Out.Abort()
		return err
	}
	s.num++
	return s.Out.Commit(ChunkHeader + n)
}

// fill copies from a view of the file, or reads where the file is not mapped.
func fill(dst []byte, f absfs.File, off int64) error {
	m, ok := f.(*memmapfs.MappedFile)
	if ok {
		v, err := m.View(off, int64(len(dst)))
		if err == nil {
			defer v.Release()
			_, err = sigbus.Copy(dst, v.Bytes())
			return err
		}
		if !errors.Is(err, memmapfs.ErrNotMapped) {
			return err
		}
	}
	n, err := f.ReadAt(dst, off)
	if n < len(dst) {
		return fmt.Errorf("read %d of %d bytes: %w", n, len(dst), err)
	}
	return nil
}

// reserve is Reserve that ends with ctx also where the ring has room every time, and
// so never waits.
func (s *Sender) reserve(ctx context.Context, n int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.Out.Reserve(ctx, n)
}

// send sends a record that carries no content.
func (s *Sender) send(ctx context.Context, r *Record) error {
	r.Num = s.num + 1
	slot, err := s.reserve(ctx, r.Len())
	if err != nil {
		return err
	}
	if err := sigbus.Guard(func() { r.Encode(slot) }); err != nil {
		s.Out.Abort()
		return err
	}
	s.num++
	return s.Out.Commit(r.Len())
}
