package ring

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"time"

	"github.com/absfs/shmkit/shm/region"
)

// Dial connects to the listener of that name and waits for it as long as ctx
// lasts. o.Capacity is that of each direction, 64 KiB if it is zero. Errors:
// fs.ErrNotExist when nobody listens, [ErrPeerDead] when the listener died,
// ctx.Err(), and those of region.Create. The result is a *[Pipe].
func Dial(ctx context.Context, name string, o *Options) (*Pipe, error) {
	c, err := dial(ctx, name, o)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "shm", Addr: Addr(name), Err: err}
	}
	return c, nil
}

func dial(ctx context.Context, name string, o *Options) (*Pipe, error) {
	opts, err := pipeOptions(o)
	if err != nil {
		return nil, err
	}
	r, err := region.Open(name, opts.listenRegion())
	if err != nil {
		return nil, err
	}
	d := dialler{r, opts}
	c, err := d.connect(ctx)
	if cerr := r.Close(); cerr != nil && c != nil {
		c, err = nil, errors.Join(cerr, c.close())
	} else {
		err = errors.Join(err, cerr)
	}
	if err != nil && errors.Is(err, ErrPeerDead) {
		err = errors.Join(err, unlisten(name, opts.Dir))
	}
	return c, err
}

// dialler is one attempt to connect.
type dialler struct {
	listener *region.Region
	o        Options
}

func (d *dialler) connect(ctx context.Context) (*Pipe, error) {
	if err := errors.Join(ctx.Err(), d.listening()); err != nil {
		return nil, err
	}
	name := Addr(d.listener.Name())
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	id := hex.EncodeToString(random[:])
	r, err := region.Create(pipeName(name, id), 2*(dataOffset+d.o.Capacity), d.o.pipeRegion())
	if err != nil {
		return nil, err
	}
	c, err := newPipe(r, name, dialEnd, d.o)
	if err != nil {
		return nil, errors.Join(err, r.Close(), os.Remove(r.Path()))
	}
	if err = d.call(ctx, id); err == nil {
		err = d.answered(ctx, c)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// listening is ErrPeerDead when the listener is no more.
func (d *dialler) listening() error {
	lives, err := d.listener.SeatHeld(consumerSeat)
	if err == nil && !lives {
		err = named("dial", d.listener.Path(), ErrPeerDead)
	}
	return err
}

// call tells the listener where we are. One calls at a time: the seat passes
// from hand to hand, and the stream of calls never ends.
func (d *dialler) call(ctx context.Context, id string) error {
	for nap := 20 * time.Microsecond; ; nap = min(2*nap, 2*time.Millisecond) {
		p, err := NewProducer(d.listener, nil)
		if err == nil {
			return errors.Join(p.Send(ctx, []byte(id)), p.abandon())
		}
		if !errors.Is(err, ErrBusy) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(nap):
		}
	}
}

// abandon gives up the seat without a word: the other side goes on waiting for
// a successor.
func (p *Producer) abandon() error {
	p.closed.Store(true)
	p.bells.clear(true)
	p.obits.forget()
	return p.leave()
}

// answered returns when the listener is at the other end.
func (d *dialler) answered(ctx context.Context, c *Pipe) error {
	for {
		slice, cancel := context.WithTimeout(ctx, checkEvery)
		err := c.c.wait(slice, func() bool { return load32(c.c.other.state) != stateNew })
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err := d.listening(); err != nil {
			return err
		}
	}
}
