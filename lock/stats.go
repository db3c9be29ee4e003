package lock

import (
	"context"
	"errors"
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats is what one handle on a lock has seen since it was made. The counts of
// other handles and processes are not in it.
type Stats struct {
	Acquisitions uint64    // times the lock was taken
	Waits        uint64    // times somebody slept for it, with or without success
	Cancelled    uint64    // waits that ended with their context
	OwnerDeaths  uint64    // times it was taken with ErrOwnerDied
	Wait         Histogram // how long the waits lasted
	Hold         Histogram // how long it was held; one hold in HoldSampling is timed
}

// HoldSampling is the share of holds that are timed: one in so many.
const HoldSampling = 64

// Buckets is the number of buckets of a [Histogram].
const Buckets = 12

// Histogram counts durations in buckets whose bounds grow by factors of four.
type Histogram struct {
	Counts [Buckets]uint64 // Counts[i] are those up to Bound(i) and above Bound(i-1); the last has no bound
	Sum    time.Duration
}

// Bound is the upper bound of bucket i: 1 µs, 4 µs, 16 µs and so on, about a
// second for the last but one.
func Bound(i int) time.Duration { return time.Microsecond << (2 * i) }

// Count is the number of durations counted.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

type counters struct {
	acquired  atomic.Uint64
	waits     atomic.Uint64
	cancelled atomic.Uint64
	deaths    atomic.Uint64
	wait      histogram
	hold      histogram
}

// wait is the time a caller spends waiting for a lock; zero until it has to.
type wait struct{ start time.Time }

func (w *wait) begin() {
	if w.start.IsZero() {
		w.start = time.Now()
	}
}

// ended counts a wait, if there was one, and how it ended.
func (c *counters) ended(w *wait, err error) {
	if w.start.IsZero() {
		return
	}
	c.waits.Add(1)
	c.wait.observe(time.Since(w.start))
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		c.cancelled.Add(1)
	}
}

// took counts an acquisition.
func (c *counters) took(err error) {
	c.acquired.Add(1)
	if err == ErrOwnerDied {
		c.deaths.Add(1)
	}
}

func (c *counters) snapshot() Stats {
	return Stats{
		Acquisitions: c.acquired.Load(),
		Waits:        c.waits.Load(),
		Cancelled:    c.cancelled.Load(),
		OwnerDeaths:  c.deaths.Load(),
		Wait:         c.wait.snapshot(),
		Hold:         c.hold.snapshot(),
	}
}

type histogram struct {
	counts [Buckets]atomic.Uint64
	sum    atomic.Int64
}

func (h *histogram) observe(d time.Duration) {
	d = max(d, 0)
	i := (bits.Len64(uint64((d-1)/time.Microsecond)) + 1) / 2
	if d <= time.Microsecond {
		i = 0
	}
	h.counts[min(i, Buckets-1)].Add(1)
	h.sum.Add(int64(d))
}

func (h *histogram) snapshot() (s Histogram) {
	for i := range h.counts {
		s.Counts[i] = h.counts[i].Load()
	}
	s.Sum = time.Duration(h.sum.Load())
	return s
}

var started = time.Now()

// clock is a monotonic time in nanoseconds, never 0.
func clock() int64 { return int64(time.Since(started)) + 1 }

// got counts an acquisition of the mutex and times one in HoldSampling.
func (m *Mutex) got(err error) {
	m.sync.acquire()
	if m.acquired.Add(1)%HoldSampling == 0 {
		m.sampled.Store(clock())
	}
	if err == ErrOwnerDied {
		m.deaths.Add(1)
	}
}

// leaving ends the timing of a hold.
func (m *Mutex) leaving() {
	if since := m.sampled.Load(); since != 0 && m.sampled.CompareAndSwap(since, 0) {
		m.hold.observe(time.Duration(clock() - since))
	}
	m.sync.release()
}
