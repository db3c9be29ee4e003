package ring

import (
	"errors"
	"io/fs"

	"github.com/absfs/shmkit/shm/region"
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
	return region.Remove(name, &region.Options{Dir: opts.Dir})
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
	opts, err := o.resolve()
	if err != nil {
		return nil, err
	}
	leave, err := sit(r, producerSeat)
	if err != nil {
		return nil, err
	}
	p, err := newProducer(r.Bytes(), opts, seat{r, consumerSeat})
	if err != nil {
		return nil, errors.Join(named("open", r.Name(), err), leave())
	}
	p.leave = leave
	return p, nil
}

// NewConsumer takes the consumer's seat of the ring in r's payload.
func NewConsumer(r *region.Region, o *Options) (*Consumer, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, err
	}
	leave, err := sit(r, consumerSeat)
	if err != nil {
		return nil, err
	}
	c, err := newConsumer(r.Bytes(), opts, seat{r, producerSeat})
	if err != nil {
		return nil, errors.Join(named("open", r.Name(), err), leave())
	}
	c.leave = leave
	return c, nil
}

// sit takes a seat, so that nobody writes our side's page but us.
func sit(r *region.Region, i int) (leave func() error, err error) {
	if err := r.TakeSeat(i); err != nil {
		if errors.Is(err, region.ErrBusy) {
			return nil, named("open", r.Name(), ErrBusy)
		}
		return nil, err
	}
	return func() error { return r.LeaveSeat(i) }, nil
}

// seat is the other side's, seen from ours.
type seat struct {
	r *region.Region
	i int
}

func (s seat) alive() (bool, error) { return s.r.SeatHeld(s.i) }

func named(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op + " ring", Path: name, Err: err}
}
