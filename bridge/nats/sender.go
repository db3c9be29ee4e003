package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/absfs/shmkit/shm/ring"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// most is how many records are under way to the server at once.
const most = 256

// answer is how long the server may take to acknowledge what is under way; one that
// was killed meanwhile never does.
const answer = 3 * time.Second

// A Sender stores the records of a ring in a stream.
type Sender struct {
	counters
	js   jetstream.JetStream
	c    *ring.Consumer
	o    Options
	name string // identity of the ring
}

// NewSender takes the consumer's seat of the named ring, which has to be there.
// Errors: [ErrOverwrites], and those of ring.OpenConsumer.
func NewSender(js jetstream.JetStream, name string, o Options) (*Sender, error) {
	ro := &ring.Options{Dir: o.Dir, WaitForPeer: true}
	info, err := ring.Inspect(name, ro)
	if err != nil {
		return nil, err
	}
	if info.Overwrites {
		return nil, ErrOverwrites
	}
	c, err := ring.OpenConsumer(name, ro)
	if err != nil {
		return nil, err
	}
	return &Sender{js: js, c: c, o: o.withDefaults(), name: fmt.Sprintf("%x", info.ID)}, nil
}

// Close gives up the seat. What was not acknowledged stays in the ring.
func (s *Sender) Close() error { return s.c.Close() }

// Run carries records until ctx ends or the producer closes, which the stream is
// told of; it returns nil then. It waits for a server that is gone. Errors:
// ctx.Err(), [ErrStream], and those of ring.Consumer.Next.
func (s *Sender) Run(ctx context.Context) error {
	recs := make([][]byte, most)
	for {
		n, err := s.c.NextBatch(ctx, recs)
		start := s.c.Stats().Position // of this batch: what was before it is given back
		if errors.Is(err, io.EOF) {
			return s.deliver(ctx, mark{ring: s.name, start: start, end: true}, [][]byte{nil})
		}
		if err != nil {
			return err
		}
		if err := s.deliver(ctx, mark{ring: s.name, start: start}, recs[:n]); err != nil {
			return err
		}
	}
}

// deliver returns when every record of a batch is stored, once.
func (s *Sender) deliver(ctx context.Context, m mark, recs [][]byte) error {
	for {
		err := s.try(ctx, m, recs)
		switch {
		case err == nil:
			s.why = ""
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case lasting(err):
			return err
		}
		s.retried(err, s.o)
		if err := pause(ctx, s.o.Patience); err != nil {
			return err
		}
	}
}

// try finds out how much of the batch is stored, stores the rest, and fails if
// anything of it was not acknowledged.
func (s *Sender) try(ctx context.Context, m mark, recs [][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	last, stored, err := s.stored(ctx, m)
	if err != nil {
		return err
	}
	if stored > len(recs) {
		return fmt.Errorf("%w: it has %d records of a batch of %d", ErrStream, stored, len(recs))
	}
	// What is under way when the connection breaks is never acknowledged.
	lost := s.js.Conn().StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer s.js.Conn().RemoveStatusListener(lost)
	var acks []jetstream.PubAckFuture
	for i := stored; i < len(recs); i++ {
		m.index = uint64(i)
		msg := &nats.Msg{Subject: s.o.Stream, Header: m.header(), Data: recs[i]}
		ack, err := s.js.PublishMsgAsync(msg, jetstream.WithExpectLastSequence(last+uint64(i-stored)))
		if err != nil {
			return err
		}
		acks = append(acks, ack)
	}
	for i, ack := range acks {
		select {
		case <-ack.Ok():
			if !m.end {
				s.records.Add(1)
				s.bytes.Add(uint64(len(recs[stored+i])))
			}
		case err := <-ack.Err():
			return err
		case <-lost:
			return nats.ErrDisconnected
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// stored says at which message the stream ends and how many records of the batch
// it has.
func (s *Sender) stored(ctx context.Context, m mark) (last uint64, n int, err error) {
	stream, err := open(ctx, s.js, s.o)
	if err != nil {
		return 0, 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return 0, 0, err
	}
	if last = info.State.LastSeq; last == 0 {
		return 0, 0, nil
	}
	msg, err := stream.GetMsg(ctx, last)
	if err != nil {
		return 0, 0, err
	}
	found, err := parse(msg.Header)
	switch {
	case err != nil:
		return 0, 0, err
	case found.ring != m.ring:
		return 0, 0, fmt.Errorf("%w: it ends with records of another ring", ErrStream)
	case found.end && m.end && found.start == m.start:
		return last, 1, nil
	case found.end || found.start != m.start:
		return last, 0, nil
	}
	s.skipped.Add(found.index + 1)
	return last, int(found.index) + 1, nil
}
