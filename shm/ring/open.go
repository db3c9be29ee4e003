package ring

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// Seats of a ring's region.
const (
	producerSeat = 0
	consumerSeat = 1
)

// Create makes an empty ring. Errors: fs.ErrExist, [ErrCapacity], no space.
func Create(name string, o *Options) error {
	opts, err := o.resolve()
	if err != nil {
		return named("create", name, err)
	}
	r, err := region.Create(name, dataOffset+opts.Capacity, opts.region())
	if err != nil {
		return err
	}
	return r.Close()
}

// Remove removes a ring that no living process is attached to.
func Remove(name string, o *Options) error {
	opts, err := o.resolve()
	if err != nil {
		return named("remove", name, err)
	}
	return region.Remove(name, &region.Options{Dir: opts.Dir, AnyOwner: opts.AnyOwner})
}

// OpenProducer takes the producer's seat of the named ring; with Options.Create
// a missing ring is made. A producer before that died or closed is succeeded
// behind its last committed record. Errors: fs.ErrNotExist, [ErrBusy],
// [ErrVersion], [ErrCorrupt], [ErrCapacity], and those of region.Open.
func OpenProducer(name string, o *Options) (*Producer, error) {
	r, err := open(name, o)
	if err != nil {
		return nil, err
	}
	p, err := NewProducer(r, o)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	p.leave = r.Close
	return p, nil
}

// OpenConsumer takes the consumer's seat, like OpenProducer. It starts behind
// the last record that was released.
func OpenConsumer(name string, o *Options) (*Consumer, error) {
	r, err := open(name, o)
	if err != nil {
		return nil, err
	}
	c, err := NewConsumer(r, o)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	c.leave = r.Close
	return c, nil
}

func open(name string, o *Options) (*region.Region, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, named("open", name, err)
	}
	ro := opts.region()
	if opts.Create {
		ro.Size = dataOffset + opts.Capacity
	}
	r, err := region.Open(name, ro)
	if errors.Is(err, region.ErrSize) && opts.Create {
		ro.Size, ro.Create = 0, false // it exists, with a capacity of its own
		r, err = region.Open(name, ro)
	}
	return r, err
}

// NewProducer takes the producer's seat of the ring in r's payload. The region
// stays the caller's: close it after the producer.
func NewProducer(r *region.Region, o *Options) (*Producer, error) {
	var p *Producer
	err := seated(r, producerSeat, o, func(opts Options, s seat) (side *side, err error) {
		if p, err = newProducer(r.Bytes(), opts, s); err != nil {
			return nil, err
		}
		return &p.side, nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// NewConsumer takes the consumer's seat of the ring in r's payload.
func NewConsumer(r *region.Region, o *Options) (*Consumer, error) {
	var c *Consumer
	err := seated(r, consumerSeat, o, func(opts Options, s seat) (side *side, err error) {
		if c, err = newConsumer(r.Bytes(), opts, s); err != nil {
			return nil, err
		}
		return &c.side, nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// seated takes seat i, so that nobody writes its page but us, and has open make
// a side there.
func seated(r *region.Region, i int, o *Options, open func(Options, seat) (*side, error)) error {
	opts, err := o.resolve()
	if err != nil {
		return named("open", where(r), err)
	}
	after := func() error { return nil }
	hung := setBells(r, r.Bytes(), i)
	var s *side
	defer func() {
		if s == nil {
			hung.clear(false)
		}
	}()
	err = r.TakeSeat(i)
	if errors.Is(err, region.ErrBusy) && opts.TakeOver {
		if err = isRing(r); err == nil {
			after, err = takeOver(r, i, opts.TakeOverWait)
		}
	}
	switch {
	case errors.Is(err, region.ErrBusy):
		return named("open", where(r), ErrBusy)
	case err != nil:
		return err
	}
	me := seat{r, i}
	if s, err = open(opts, me); err != nil {
		err = errors.Join(named("open", where(r), err), me.resign(), after())
		nudge(r.Bytes(), i)
		return err
	}
	s.heirs, s.linked, s.path, s.bells = me, r.CheckLinked, r.Path(), hung
	s.obits.notify = r.NotifyRelease
	s.leave = func() error {
		if s.gone.Load() {
			return nil // a successor over the same region has the seat from it
		}
		return me.resign()
	}
	s.logAs(opts.Logger, r.Name(), i)
	return after()
}

// isRing looks at the header before anything is written.
func isRing(r *region.Region) (err error) {
	fault := sigbus.Guard(func() { _, err = parse(r.Bytes()) })
	return named("open", where(r), errors.Join(fault, err))
}

// seat is one of a region's, as peers and succession.
type seat struct {
	r *region.Region
	i int
}

// alive asks about the other side's seat. While it changes hands the challenger
// has its own seat until it sits in the main one, hence the order.
func (s seat) alive() (bool, error) {
	other := producerSeat + consumerSeat - s.i
	for _, i := range [...]int{other, other + challengers, other} {
		if held, err := s.r.SeatHeld(i); held || err != nil {
			return held, err
		}
	}
	return false, nil
}

func (s seat) challenged() (bool, error) { return s.r.SeatHeld(s.i + challengers) }

func (s seat) resign() error { return s.r.LeaveSeat(s.i) }

// where is what an error calls r: its file, if it has one.
func where(r *region.Region) string { return cmp.Or(r.Path(), r.Name()) }

func named(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op + " ring", Path: name, Err: err}
}
