package ring

import (
	"context"
	"net"
	"os"
	"sync"
	"time"
)

// deadline is the moment after which one direction of a [Pipe] fails. Calls wait
// with its context, which ends then, or when the direction is closed.
type deadline struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	closed error // why no call succeeds any more
}

func newDeadline() *deadline {
	d := new(deadline)
	d.ctx, d.cancel = context.WithCancelCause(context.Background())
	return d
}

func (d *deadline) context() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx
}

// set moves the deadline, also for calls that wait; the zero time is none. Only
// the deadlines of a connection that was closed cannot be set.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.closed {
	case nil:
	case net.ErrClosed:
		return net.ErrClosed
	default:
		return nil
	}
	fired := d.timer != nil && !d.timer.Stop() // it ends the context it knows, sooner or later
	if d.timer = nil; fired || d.ctx.Err() != nil {
		d.ctx, d.cancel = context.WithCancelCause(context.Background())
	}
	if t.IsZero() {
		return nil
	}
	cancel := d.cancel
	expire := func() { cancel(os.ErrDeadlineExceeded) }
	if left := time.Until(t); left > 0 {
		d.timer = time.AfterFunc(left, expire)
	} else {
		expire()
	}
	return nil
}

// close ends every call, those to come too, with cause. That the connection was
// closed goes before that one direction of it was.
func (d *deadline) close(cause error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed == net.ErrClosed || d.closed != nil && cause != net.ErrClosed {
		return
	}
	if d.closed = cause; d.timer != nil {
		d.timer.Stop()
	}
	if d.ctx.Err() != nil {
		d.ctx, d.cancel = context.WithCancelCause(context.Background())
	}
	d.cancel(cause)
}
