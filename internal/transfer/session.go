package transfer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

// MinCapacity is the smallest ring that holds every record.
const MinCapacity = 64 << 10

// MaxChunk bounds the content of one record.
const MaxChunk = 256 << 10

// Options say which ring a transfer uses.
type Options struct {
	Ring     string
	Dir      string        // of the shared memory; empty: the platform's
	Capacity int64         // of a new ring
	Patience time.Duration // how long to wait for a successor of a peer that died
}

// A Session is one side's hold on a ring and its journal.
type Session struct {
	opts Options
	role Role
	j    *Journal
	p    *ring.Producer
	c    *ring.Consumer
	size int64 // capacity of the ring there is
}

// The ways a transfer ends early because of the other side.
var (
	ErrPeerInterrupted = errors.New("the other side was interrupted")
	ErrPeerFailed      = errors.New("the other side failed; its own message says why")
	ErrPeerGone        = errors.New("the other side died and nobody took its place")
)

// Open takes the role's seat on the ring, and makes ring and journal when they
// are missing, so that either side may come first. Errors: those of ring and
// region, a busy seat as ring.ErrBusy.
func Open(role Role, o Options) (*Session, error) {
	if o.Capacity < MinCapacity {
		return nil, fmt.Errorf("a capacity of %d bytes is too small, %d is the least", o.Capacity, MinCapacity)
	}
	s := &Session{opts: o, role: role}
	for try := time.Duration(1); ; try++ {
		if err := s.seatFree(); err != nil {
			return nil, err
		}
		ok, err := s.open()
		if ok {
			return s, nil
		}
		if err := errors.Join(err, s.close()); err != nil {
			return nil, err
		}
		if try == 100 {
			return nil, fmt.Errorf("ring %s: its journal belongs to another ring of that name, and somebody holds it", o.Ring)
		}
		if err := gone(shm.Remove(s.journalName(), s.region())); err != nil {
			return nil, err
		}
		time.Sleep(try * time.Millisecond)
	}
}

func (s *Session) journalName() string     { return s.opts.Ring + ".journal" }
func (s *Session) region() *region.Options { return &region.Options{Dir: s.opts.Dir} }

// seatFree looks before it leaps: attaching, if only to be refused, would keep
// the one who has the seat from removing the ring at its end.
func (s *Session) seatFree() error {
	info, err := shm.Stat(s.journalName(), s.region())
	if err == nil && info.Seats[s.role].Held {
		return s.busy()
	}
	return nil
}

func (s *Session) busy() error {
	return fmt.Errorf("ring %s has a living %v already: %w", s.opts.Ring, s.role, ring.ErrBusy)
}

// open reports whether journal and ring belong together.
func (s *Session) open() (bool, error) {
	var err error
	s.j, err = openJournal(s.journalName(), s.role, s.region())
	if errors.Is(err, region.ErrBusy) {
		return false, s.busy()
	}
	if err != nil {
		return false, err
	}
	o := &ring.Options{Dir: s.opts.Dir, Capacity: s.opts.Capacity, Create: true, WaitForPeer: true}
	if s.role == Producer {
		s.p, err = ring.OpenProducer(s.opts.Ring, o)
	} else {
		s.c, err = ring.OpenConsumer(s.opts.Ring, o)
	}
	if errors.Is(err, ring.ErrBusy) {
		return false, s.busy()
	}
	if err != nil {
		s.removeJournal()
		return false, err
	}
	info, err := shm.Stat(s.opts.Ring, s.region())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.size = int64(s.Stats().Capacity)
	return s.j.belongs(info.ID)
}

// removeJournal takes away a journal that was made for a ring there will not be.
func (s *Session) removeJournal() {
	made := s.j.r.Created()
	if s.j.close() == nil && made {
		_ = shm.Remove(s.journalName(), s.region())
	}
	s.j = nil
}

// Stats are the ring's counters.
func (s *Session) Stats() ring.Stats {
	if s.role == Producer {
		return s.p.Stats()
	}
	return s.c.Stats()
}

// Ring gives the ends of the ring; one of them is nil.
func (s *Session) Ring() (*ring.Producer, *ring.Consumer) { return s.p, s.c }

// Region is the journal's region.
func (s *Session) Region() *region.Region { return s.j.r }

// Journal is what survives this process.
func (s *Session) Journal() *Journal { return s.j }

// Capacity is that of the ring there is, whoever made it.
func (s *Session) Capacity() int64 { return s.size }

// Chunk is how many bytes of content to put into a record: several records fit
// the ring, so that both sides work at once.
func (s *Session) Chunk() int { return int(min(MaxChunk, s.size/8)) }

// Finish tells the other side how it ended, gives everything up, and removes
// ring and journal if the other side has left them already. Whoever finishes
// last leaves nothing behind.
func (s *Session) Finish(o Outcome) error {
	err := s.j.tell(s.role, o)
	return errors.Join(err, s.close(), s.Remove())
}

// Remove takes ring and journal away unless somebody is attached.
func (s *Session) Remove() error {
	return errors.Join(
		gone(ring.Remove(s.opts.Ring, &ring.Options{Dir: s.opts.Dir})),
		gone(shm.Remove(s.journalName(), s.region())))
}

// gone forgives what the last one to leave will see to.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, shm.ErrInUse) {
		return nil
	}
	return err
}

func (s *Session) close() error {
	var errs []error
	if s.p != nil {
		errs = append(errs, s.p.Close())
		s.p = nil
	}
	if s.c != nil {
		errs = append(errs, s.c.Close())
		s.c = nil
	}
	if s.j != nil {
		errs = append(errs, s.j.close())
		s.j = nil
	}
	return errors.Join(errs...)
}

// Watch returns a context that ends when the other side said how it ended, or
// has been dead for longer than the patience lasts; context.Cause tells which:
// ErrPeerInterrupted, ErrPeerFailed, ErrPeerGone, or errAgreed. stop waits for
// the goroutine behind it.
func (s *Session) Watch(ctx context.Context) (watched context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(s.watch(ctx))
	}()
	return ctx, func() { cancel(context.Canceled); <-done }
}

// errAgreed ends a producer's wait for the judgement.
var errAgreed = errors.New("identical")

const lookEvery = 200 * time.Millisecond

func (s *Session) watch(ctx context.Context) error {
	var lastSeen time.Time
	for {
		o, err := s.j.await(ctx, s.role.peer(), lookEvery)
		switch {
		case err != nil:
			return err
		case o == Identical:
			return errAgreed
		case o == Interrupted:
			return ErrPeerInterrupted
		case o != Pending:
			return ErrPeerFailed
		}
		held, err := s.j.r.SeatHeld(int(s.role.peer()))
		if err != nil {
			return err
		}
		if held {
			lastSeen = time.Now()
		} else if !lastSeen.IsZero() && time.Since(lastSeen) > s.opts.Patience {
			return ErrPeerGone
		}
	}
}

// Judgement waits for the consumer's, in the context of Watch.
func (s *Session) Judgement(watched context.Context) error {
	<-watched.Done()
	if err := context.Cause(watched); err != errAgreed {
		return err
	}
	return nil
}
