package ring

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/sigbus"
)

// Poller waits for records on many rings at once: one goroutine serves hundreds
// of consumers. On Linux a waiting Poller sleeps in the kernel on all of them
// and occupies a thread for each 127 rings, not for each ring; on macOS and the BSDs
// it takes a goroutine and two descriptors for each ring, and no thread; elsewhere it looks once in a
// millisecond. The zero value is ready to use.
//
// A Poller and its consumers are for one goroutine at a time. A ring costs a
// waiting Poller one look at its position, and twenty times a second one at its
// producer's life; waiting does not hold a processor of the Go scheduler.
type Poller struct {
	consumers []*Consumer
	first     int // where the next look begins
	ready     []*Consumer
	words     []futex.Waiter
	checked   time.Time // when the producers' lives were asked about
	watcher   watcher
}

// Add has the poller wait for c, too. Adding it again does nothing.
func (p *Poller) Add(c *Consumer) {
	if !slices.Contains(p.consumers, c) {
		p.consumers = append(p.consumers, c)
	}
}

// Remove has the poller forget c, which it does not close. Consumers that ended
// have to be removed: they are always ready.
func (p *Poller) Remove(c *Consumer) {
	p.consumers = slices.DeleteFunc(p.consumers, func(other *Consumer) bool { return other == c })
}

// Len is how many consumers the poller waits for.
func (p *Poller) Len() int { return len(p.consumers) }

// Wait waits as long as ctx lasts until consumers are ready, and returns all that
// are: [Consumer.TryNext] and [Consumer.TryReceive] on each give a record, or the
// error that ended it: io.EOF, [ErrClosed], [ErrTakenOver], [ErrCorrupt], and
// [ErrPeerDead] unless Options.WaitForPeer is set. [ErrUnlinked] ends no ring.
//
// No ring starves another: Wait returns every ring that is ready, beginning with
// another one each time, and it is up to the caller to take a bounded number of
// records from each before the next Wait. The slice is valid until then. Wait
// allocates nothing unless it sleeps. Its only errors are those of ctx and of
// the kernel; without consumers it waits for ctx.
func (p *Poller) Wait(ctx context.Context) ([]*Consumer, error) {
	if p.scan() {
		return p.ready, nil
	}
	begun := time.Now()
	first := true
	for budget := p.watcher.budget(); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if time.Since(begun) < budget {
			runtime.Gosched()
		} else {
			if budget > 0 {
				p.watcher.vain++
				budget = 0
			}
			if err := p.sleep(ctx, first); err != nil {
				return nil, err
			}
			first = false
		}
		if p.scan() {
			return p.ready, nil
		}
	}
}

// Select waits until one of the consumers is ready and returns its index. With
// several ready it chooses by chance. For more than a few waits make a [Poller],
// whose Wait says what ready means and which errors there are.
func Select(ctx context.Context, consumers ...*Consumer) (int, error) {
	p := Poller{consumers: consumers}
	if len(consumers) > 0 {
		p.first = rand.IntN(len(consumers))
	}
	ready, err := p.Wait(ctx)
	if err != nil {
		return -1, err
	}
	return slices.Index(consumers, ready[0]), nil
}

// scan looks at every ring once.
func (p *Poller) scan() bool {
	p.ready = p.ready[:0]
	if len(p.consumers) == 0 {
		return false
	}
	p.first = (p.first + 1) % len(p.consumers)
	for _, half := range [...][]*Consumer{p.consumers[p.first:], p.consumers[:p.first]} {
		for _, c := range half {
			if c.pending() {
				p.ready = append(p.ready, c)
			}
		}
	}
	if len(p.ready) > 0 {
		p.watcher.vain = 0
	}
	return len(p.ready) > 0
}

// sleep parks every consumer and sleeps until one of the producers moves. The first
// sleep of a Wait counts as a wait.
func (p *Poller) sleep(ctx context.Context, first bool) error {
	nap, now := checkEvery, time.Now()
	if now.Sub(p.checked) >= checkEvery {
		p.checked = now
		for _, c := range p.consumers {
			c.bereaved = nil
			if err := c.vainly(c.news, true); errors.Is(err, ErrPeerDead) || errors.Is(err, ErrUnlinked) {
				c.bereaved = err
			}
		}
	}
	p.words = p.words[:0]
	for _, c := range p.consumers {
		_ = c.guarded(func() error { // a consumer that ended is ready
			if first {
				add(c.mine.waits, 1)
				count64(c.mine.active, uint64(now.UnixNano()))
			}
			p.words = append(p.words, futex.Waiter{Addr: c.other.wake, Old: c.park()})
			return nil
		})
	}
	if !fenceOthers() {
		nap = blind
	}
	var err error
	if !slices.ContainsFunc(p.consumers, (*Consumer).pending) {
		fault := sigbus.Guard(func() { err = sleepOnAny(ctx, p.words, nap) })
		if errors.Is(err, futex.ErrTimeout) {
			err = nil
		}
		_ = fault // of a ring that is gone: the next look finds which
	}
	for i, j := 0, 0; i < len(p.consumers) && j < len(p.words); i++ {
		if c := p.consumers[i]; c.other.wake == p.words[j].Addr {
			_ = c.guarded(func() error { c.unpark(p.words[j].Old); return nil })
			j++
		}
	}
	return err
}

// pending says whether TryNext has something to say.
func (c *Consumer) pending() (ready bool) {
	c.inside.enter()
	ready = !c.closed.Load() && c.left()
	c.inside.leave()
	if ready {
		return true
	}
	err := c.guarded(func() error {
		ready = c.bereaved != nil || c.news() || load32(c.request) != c.answered
		return nil
	})
	return ready || err != nil
}

// news says whether there is a record to be found or the end of them.
func (c *Consumer) news() bool {
	return load64(c.other.position) != c.scan || c.ends(load32(c.other.state))
}
