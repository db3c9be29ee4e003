package transfer

import (
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
			err = s.Tell(Pending)
		}
		if ok && err == nil {
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

// Producer is the end of the ring a producer has; nil for a consumer.
func (s *Session) Producer() *ring.Producer { return s.p }

// Consumer is the end of the ring a consumer has; nil for a producer.
func (s *Session) Consumer() *ring.Consumer { return s.c }

// Name is the ring's.
func (s *Session) Name() string { return s.opts.Ring }

// Region is the journal's region.
func (s *Session) Region() *region.Region { return s.j.r }

// Journal is what survives this process.
func (s *Session) Journal() *Journal { return s.j }

// Capacity is that of the ring there is, whoever made it.
func (s *Session) Capacity() int64 { return s.size }

// Chunk is how many bytes of content to put into a record: several records fit
// the ring, so that both sides work at once.
func (s *Session) Chunk() int { return int(min(MaxChunk, s.size/8)) }

// Tell lets the other side know how it ended here.
func (s *Session) Tell(o Outcome) error { return s.j.tell(s.role, o) }

// Close gives everything up, and removes ring and journal if the other side has
// left them already: whoever finishes last leaves nothing behind. Call Tell
// before: a side that closes in silence is taken for dead.
func (s *Session) Close() error { return errors.Join(s.close(), s.Remove()) }

// Leave gives everything up in silence, so that ring and journal stay as they
// were for somebody else. A producer's end of the ring is not closed, which
// would end the stream for the consumer: its seat is free when the process ends,
// which is what Leave is for.
func (s *Session) Leave() error {
	s.p = nil
	return s.close()
}

// Remove takes ring and journal away unless the other side has them open.
func (s *Session) Remove() error {
	return errors.Join(s.remove(s.opts.Ring), s.remove(s.journalName()))
}

// remove does not give up because of somebody who is only having a look.
func (s *Session) remove(name string) error {
	for try := time.Duration(0); ; try++ {
		err := shm.Remove(name, s.region())
		if !errors.Is(err, shm.ErrInUse) || try == 20 {
			return gone(err)
		}
		info, err := shm.Stat(name, s.region())
		if err != nil {
			return gone(err)
		}
		if info.Seats[Producer].Held || info.Seats[Consumer].Held {
			return nil
		}
		time.Sleep(try * time.Millisecond)
	}
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
