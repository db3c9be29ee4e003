package ring

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"

	"github.com/absfs/shmkit/shm/region"
)

// ListenerKind is the kind of the regions that listeners are found by.
const ListenerKind = "shmkit.listener"

// backlog is how many connections may wait for Accept.
const backlog = 128

// Listener accepts the connections that [Dial] makes by its name, a
// [net.Listener].
//
// A dialler makes a region with a random name, attaches, and sends the name
// through a ring whose consumer the listener is; the listener attaches to the
// region and takes its name away, so that nothing is left behind by whoever
// dies afterwards.
type Listener struct {
	name   Addr
	o      Options
	r      *region.Region
	c      *Consumer
	conns  chan *Pipe
	cancel context.CancelFunc
	done   chan struct{} // closed when err is set
	err    error
	once   sync.Once
}

// Listen makes a listener: name is one of a region in o.Dir, and o.Perm says who
// may dial. Errors: [ErrBusy] when a living process listens by that name, and
// those of region.Open. A name whose listener died is taken over.
//
// A goroutine attaches connections until Close.
func Listen(name string, o *Options) (*Listener, error) {
	l, err := listen(name, o)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "shm", Addr: Addr(name), Err: err}
	}
	return l, nil
}

func listen(name string, o *Options) (*Listener, error) {
	opts, err := pipeOptions(o)
	if err != nil {
		return nil, err
	}
	ro := opts.listenRegion()
	ro.Create, ro.Size = true, dataOffset+minCapacity
	r, err := region.Open(name, ro)
	if err != nil {
		return nil, err
	}
	c, err := NewConsumer(r, &Options{WaitForPeer: true, Untrusted: true})
	if err != nil {
		return nil, errors.Join(err, r.Close(), unlisten(name, opts.Dir))
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Listener{
		name: Addr(name), o: opts, r: r, c: c, cancel: cancel,
		conns: make(chan *Pipe, backlog), done: make(chan struct{}),
	}
	go func() {
		l.err = l.attend(ctx)
		close(l.done)
	}()
	return l, nil
}

// listenRegion is what a listener asks of the region it is found by.
func (o *Options) listenRegion() *region.Options {
	return o.regionOf(ListenerKind, func(payload []byte) error { return format(payload, minCapacity) })
}

// attend attaches those who dial.
func (l *Listener) attend(ctx context.Context) error {
	for {
		id, err := l.c.Receive(ctx, nil)
		if ctx.Err() != nil {
			return net.ErrClosed
		}
		if err != nil {
			return err
		}
		c, err := l.attach(string(id))
		if err != nil {
			continue // the dialler died, or is none: it gets no answer
		}
		select {
		case l.conns <- c:
		case <-ctx.Done():
			return errors.Join(net.ErrClosed, c.Close())
		}
	}
}

func (l *Listener) attach(id string) (*Pipe, error) {
	if _, err := hex.DecodeString(id); err != nil {
		return nil, err
	}
	o := l.o.pipeRegion()
	o.Init = nil
	r, err := region.Open(pipeName(l.name, id), o)
	if err != nil {
		return nil, err
	}
	lives, err := r.SeatHeld(dialEnd)
	var c *Pipe
	if err == nil && lives {
		c, err = newPipe(r, l.name, acceptEnd, l.o)
	}
	// Where a file that is mapped cannot lose its name the last Close does it.
	_ = os.Remove(r.Path())
	if c == nil {
		return nil, errors.Join(err, named("accept", r.Path(), ErrPeerDead), r.Close())
	}
	return c, nil
}

func pipeName(name Addr, id string) string { return string(name) + "." + id }

// Accept returns the next connection. After Close it fails with an error
// matching net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, &net.OpError{Op: "accept", Net: "shm", Addr: l.name, Err: l.err}
	}
}

// Close ends the listener and takes its name away. Connections that nobody
// accepted are closed, the others live on. A second Close fails with an error
// matching net.ErrClosed.
func (l *Listener) Close() error {
	err := error(net.ErrClosed)
	l.once.Do(func() { err = l.close() })
	if err != nil {
		return &net.OpError{Op: "close", Net: "shm", Addr: l.name, Err: err}
	}
	return nil
}

func (l *Listener) close() (err error) {
	l.cancel()
	<-l.done
	for waiting := true; waiting; {
		select {
		case c := <-l.conns:
			err = errors.Join(err, c.Close())
		default: // or an Accept was quicker
			waiting = false
		}
	}
	err = errors.Join(err, l.c.Close(), l.r.Close())
	return errors.Join(err, unlisten(string(l.name), l.o.Dir))
}

// unlisten takes a listener's name away. One that dials this moment does it in
// our place.
func unlisten(name, dir string) error {
	return unlessGone(region.Remove(name, &region.Options{Dir: dir}))
}

// unlessGone is err, unless it says that a region is there no more, or in use.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, region.ErrInUse) {
		return nil
	}
	return err
}

// Addr is the listener's name.
func (l *Listener) Addr() net.Addr { return l.name }

var _ net.Listener = (*Listener)(nil)
