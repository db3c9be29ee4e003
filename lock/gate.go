package lock

import (
	"context"
	"sync"
)

// gate is a fair readers-writer lock for the goroutines of one process: who
// comes first is served first, and waiting ends with a context. The zero gate
// is open.
type gate struct {
	mu      sync.Mutex
	readers int
	writer  bool
	queue   []*ticket
}

// ticket is a goroutine's place in the queue.
type ticket struct {
	exclusive bool
	upgrade   bool
	admitted  chan struct{}
}

func (g *gate) enter(ctx context.Context, exclusive bool) error {
	g.mu.Lock()
	if len(g.queue) == 0 && g.admit(&ticket{exclusive: exclusive}) {
		g.mu.Unlock()
		return nil
	}
	t := &ticket{exclusive: exclusive, admitted: make(chan struct{})}
	g.queue = append(g.queue, t)
	g.mu.Unlock()
	return g.await(ctx, t)
}

func (g *gate) tryEnter(exclusive bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue) == 0 && g.admit(&ticket{exclusive: exclusive})
}

// upgrade turns the caller's shared place into an exclusive one. It goes ahead
// of the queue; a second upgrade would wait for the first and the first for it.
func (g *gate) upgrade(ctx context.Context) error {
	g.mu.Lock()
	t := &ticket{exclusive: true, upgrade: true, admitted: make(chan struct{})}
	if g.admit(t) {
		g.mu.Unlock()
		return nil
	}
	if len(g.queue) > 0 && g.queue[0].upgrade {
		g.mu.Unlock()
		return ErrDeadlock
	}
	g.queue = append([]*ticket{t}, g.queue...)
	g.mu.Unlock()
	return g.await(ctx, t)
}

func (g *gate) exclusive() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writer
}

// downgrade turns the caller's exclusive place into a shared one.
func (g *gate) downgrade() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writer, g.readers = false, 1
	g.serve()
}

// leave gives a place back.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writer {
		g.writer = false
	} else {
		g.readers--
	}
	g.serve()
}

func (g *gate) await(ctx context.Context, t *ticket) error {
	select {
	case <-t.admitted:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, q := range g.queue {
		if q == t {
			g.queue = append(g.queue[:i:i], g.queue[i+1:]...)
			g.serve()
			return ctx.Err()
		}
	}
	return nil
}

// admit lets t in if it can be, with g.mu held.
func (g *gate) admit(t *ticket) bool {
	switch {
	case g.writer:
		return false
	case t.upgrade:
		if g.readers != 1 {
			return false
		}
		g.readers, g.writer = 0, true
	case t.exclusive:
		if g.readers > 0 {
			return false
		}
		g.writer = true
	default:
		g.readers++
	}
	return true
}

// serve admits from the front of the queue whoever can be, with g.mu held.
func (g *gate) serve() {
	for len(g.queue) > 0 && g.admit(g.queue[0]) {
		close(g.queue[0].admitted)
		g.queue = g.queue[1:]
	}
}
