package ring

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/absfs/shmkit/shm/region"
)

// Pipe is one end of a two-way connection through shared memory, a [net.Conn]:
// a stream of bytes each way, in a ring each. Make one with [Dial] and
// [Listener.Accept].
//
// Read and Write copy. While the other end keeps up they make no system call; a
// waiting one occupies a thread. What was written before Close is read by the
// other end, then io.EOF; the death of the other end is an error matching
// [ErrPeerDead], within 100 ms and after what it wrote. Write to an end that
// stopped reading is an error matching io.ErrClosedPipe.
//
// All methods may be called by several goroutines: Reads exclude each other,
// and so do Writes.
type Pipe struct {
	r    *region.Region
	name Addr
	in   half
	out  half
	c    *Consumer
	p    *Producer
	left []byte // of the record at hand, in the ring
	once sync.Once
}

// half is what the calls of one direction share.
type half struct {
	sync.Mutex
	*deadline
}

// Addr is the name of a listener, as a [net.Addr].
type Addr string

// Network is "shm".
func (Addr) Network() string { return "shm" }

// String is the listener's name.
func (a Addr) String() string { return string(a) }

// newPipe attaches one end to the pipe in r, and owns r if it succeeds.
func newPipe(r *region.Region, name Addr, side int, o Options) (*Pipe, error) {
	if err := r.TakeSeat(side); err != nil {
		return nil, err
	}
	rings, err := halves(r.Bytes())
	if err != nil {
		return nil, named("open", where(r), err)
	}
	other := dialEnd + acceptEnd - side
	c := &Pipe{r: r, name: name, in: half{deadline: newDeadline()}, out: half{deadline: newDeadline()}}
	in, out := setBells(r, rings[other], consumerSeat), setBells(r, rings[side], producerSeat)
	if c.p, err = newProducer(rings[side], o, end{r, other}); err == nil {
		c.c, err = newConsumer(rings[other], o, end{r, other})
	}
	if err != nil {
		in.clear(false)
		out.clear(false)
		return nil, named("open", where(r), err)
	}
	in.last, out.last = true, true
	c.p.bells, c.c.bells = out, in
	c.p.obits.notify, c.c.obits.notify = r.NotifyRelease, r.NotifyRelease
	return c, nil
}

// Read reads what is there and waits only when nothing is.
func (c *Pipe) Read(b []byte) (int, error) {
	c.in.Lock()
	defer c.in.Unlock()
	ctx := c.in.context()
	if ctx.Err() != nil || len(b) == 0 {
		return 0, c.failed("read", ctx, ctx.Err())
	}
	for len(c.left) == 0 {
		rec, err := c.c.Next(ctx)
		if err != nil {
			return 0, c.failed("read", ctx, err)
		}
		c.left = rec
	}
	n, err := c.c.copyOut(b, c.left)
	if err != nil {
		return 0, c.failed("read", ctx, err)
	}
	if c.left = c.left[n:]; len(c.left) == 0 {
		c.c.Release()
	}
	return n, nil
}

// Write returns when all of b is in shared memory; n tells how much is, also
// with an error.
func (c *Pipe) Write(b []byte) (n int, err error) {
	c.out.Lock()
	defer c.out.Unlock()
	ctx := c.out.context()
	if err := ctx.Err(); err != nil {
		return 0, c.failed("write", ctx, err)
	}
	chunk := chunkOf(int64(c.p.mask + 1))
	for n < len(b) {
		piece := b[n:min(len(b), n+chunk)]
		if err := c.p.sendToReader(ctx, piece); err != nil {
			return n, c.failed("write", ctx, err)
		}
		n += len(piece)
	}
	return n, nil
}

// sendToReader is Send that is not content with a consumer that closed.
func (p *Producer) sendToReader(ctx context.Context, rec []byte) error {
	for {
		var left bool
		err := p.guarded(func() error { left = load32(p.other.state) == stateClosed; return nil })
		if err == nil && left {
			err = io.ErrClosedPipe
		}
		if err == nil {
			err = p.TrySend(rec)
		}
		if err != ErrFull {
			return err
		}
		seen := p.head
		err = p.wait(ctx, func() bool {
			return load64(p.other.position) != seen || load32(p.other.state) == stateClosed
		})
		if err != nil {
			return err
		}
	}
}

// failed is what a call returns: the reason why ctx ended, if it did, and
// io.EOF bare, as readers expect it.
func (c *Pipe) failed(op string, ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil || err == io.EOF {
		return err
	}
	return c.opError(op, err)
}

func (c *Pipe) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.name.Network(), Source: c.name, Addr: c.name, Err: err}
}

// Close ends both directions. Calls in flight return an error matching
// net.ErrClosed, as does a second Close.
func (c *Pipe) Close() error {
	err := error(net.ErrClosed)
	c.once.Do(func() { err = c.close() })
	if err != nil {
		return c.opError("close", err)
	}
	return nil
}

func (c *Pipe) close() error {
	c.in.close(net.ErrClosed)
	c.out.close(net.ErrClosed)
	c.in.Lock()
	defer c.in.Unlock()
	c.out.Lock()
	defer c.out.Unlock()
	c.left = nil
	err := errors.Join(c.endWrite(), c.endRead(), c.r.Close())
	// The name is gone already, or the other end has the file open and will do it.
	_ = os.Remove(c.r.Path())
	return err
}

// CloseWrite ends the outgoing direction: the other end reads what was written,
// then io.EOF.
func (c *Pipe) CloseWrite() error {
	c.out.close(io.ErrClosedPipe)
	c.out.Lock()
	defer c.out.Unlock()
	return c.endWrite()
}

// CloseRead ends the incoming direction: Read returns io.EOF, and the other
// end's Write fails.
func (c *Pipe) CloseRead() error {
	c.in.close(io.EOF)
	c.in.Lock()
	defer c.in.Unlock()
	c.left = nil
	return c.endRead()
}

func (c *Pipe) endWrite() error {
	if err := c.p.Close(); err != ErrClosed {
		return err
	}
	return nil
}

func (c *Pipe) endRead() error {
	if err := c.c.Close(); err != ErrClosed {
		return err
	}
	return nil
}

// LocalAddr is the listener's name.
func (c *Pipe) LocalAddr() net.Addr { return c.name }

// RemoteAddr is the listener's name.
func (c *Pipe) RemoteAddr() net.Addr { return c.name }

// SetDeadline sets both deadlines; the zero time is none. A call that is past
// its deadline fails with an error matching os.ErrDeadlineExceeded, also one
// that waits already. After Close it is an error matching net.ErrClosed.
func (c *Pipe) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets the deadline of Read.
func (c *Pipe) SetReadDeadline(t time.Time) error { return c.limit(&c.in, t) }

// SetWriteDeadline sets the deadline of Write.
func (c *Pipe) SetWriteDeadline(t time.Time) error { return c.limit(&c.out, t) }

func (c *Pipe) limit(h *half, t time.Time) error {
	if err := h.set(t); err != nil {
		return c.opError("set", err)
	}
	return nil
}

// Stats are the counters of this end: of what it reads and of what it writes.
func (c *Pipe) Stats() (in, out Stats) { return c.c.Stats(), c.p.Stats() }

var _ net.Conn = (*Pipe)(nil)
