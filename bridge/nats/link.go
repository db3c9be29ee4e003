package bridge

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrStream says that the stream holds what this ring and state cannot go on
	// with: another ring's records, or fewer than were received.
	ErrStream = errors.New("bridge: the stream does not continue this ring; use another stream, or remove it and the state region")
	// ErrGap says that messages were removed from the stream before they were
	// received.
	ErrGap = errors.New("bridge: messages are missing from the stream; give it no age limit, and no other reader that removes")
	// ErrOverwrites says that the ring's producer overwrites the oldest records.
	ErrOverwrites = errors.New("bridge: a ring whose producer overwrites cannot be bridged")
)

// Options of a bridge. Stream is needed.
type Options struct {
	Stream   string        // name of the stream, and of its subject
	Dir      string        // of the rings; empty is the system's
	MaxBytes int64         // of the stream when it is made here; 0 is 256 MiB
	Replicas int           // of the stream when it is made here; 0 is 1
	Patience time.Duration // between tries; 0 is 100 ms

	// Retrying, if set, is told why a try failed that will be repeated: once for
	// each reason, however often it comes in a row. Run calls it.
	Retrying func(error)
}

func (o Options) withDefaults() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Patience == 0 {
		o.Patience = 100 * time.Millisecond
	}
	return o
}

// Stats count what one end has done since it was made.
type Stats struct {
	Records uint64 // stored, or put into the ring
	Bytes   uint64 // of payload
	Skipped uint64 // that had been stored, or put there, before
	Retries uint64 // times the server refused, did not answer, or was gone
}

// counters are Stats under way.
type counters struct {
	records, bytes, skipped, retries atomic.Uint64

	why string // of the last try that failed; Run's own
}

// retried counts a try that failed and will be repeated.
func (c *counters) retried(err error, o Options) {
	c.retries.Add(1)
	if why := err.Error(); why != c.why {
		c.why = why
		if o.Retrying != nil {
			o.Retrying(err)
		}
	}
}

// Stats may be called by any goroutine.
func (c *counters) Stats() Stats {
	return Stats{c.records.Load(), c.bytes.Load(), c.skipped.Load(), c.retries.Load()}
}

// open returns the stream and makes it when it is missing: it refuses what is too
// much instead of dropping the oldest.
func open(ctx context.Context, js jetstream.JetStream, o Options) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, o.Stream)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, fmt.Errorf("the server has no JetStream, or not yet (nats-server -js): %w", err)
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s, err
	}
	s, err = js.CreateStream(ctx, jetstream.StreamConfig{
		Name: o.Stream, Subjects: []string{o.Stream}, Storage: jetstream.FileStorage, Replicas: o.Replicas,
		MaxBytes: o.MaxBytes, Discard: jetstream.DiscardNew, AllowDirect: true,
	})
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return js.Stream(ctx, o.Stream)
	}
	return s, err
}

// Headers of a message.
const (
	headRing  = "Shm-Ring"  // identity of the ring
	headStart = "Shm-Start" // position of the batch in the ring
	headIndex = "Shm-Index" // of the record in the batch
	headEnd   = "Shm-End"   // no record: the producer closed
)

// mark says which record a message is.
type mark struct {
	ring         string
	start, index uint64
	end          bool
}

func (m mark) header() nats.Header {
	h := nats.Header{}
	h.Set(headRing, m.ring)
	h.Set(headStart, strconv.FormatUint(m.start, 10))
	h.Set(headIndex, strconv.FormatUint(m.index, 10))
	if m.end {
		h.Set(headEnd, "1")
	}
	return h
}

func parse(h nats.Header) (m mark, err error) {
	m.ring, m.end = h.Get(headRing), h.Get(headEnd) != ""
	var serr, ierr error
	m.start, serr = strconv.ParseUint(h.Get(headStart), 10, 64)
	m.index, ierr = strconv.ParseUint(h.Get(headIndex), 10, 64)
	if m.ring == "" || serr != nil || ierr != nil {
		return m, fmt.Errorf("%w: a message of no bridge", ErrStream)
	}
	return m, nil
}

// pause waits between tries.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// lasting says that trying again will not help.
func lasting(err error) bool {
	for _, e := range []error{ErrStream, ErrGap, ErrOverwrites} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
