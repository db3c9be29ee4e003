package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/absfs/shmkit/shm/ring"
	"github.com/nats-io/nats.go/jetstream"
)

// A Receiver puts the records of a stream into a ring.
type Receiver struct {
	counters
	js    jetstream.JetStream
	p     *ring.Producer
	steps *steps
	o     Options
	next  uint64 // sequence of the message that comes next
}

// NewReceiver takes the producer's seat of the named ring and makes the ring,
// with room for capacity bytes, when it is missing. Errors are those of
// ring.OpenProducer and region.Open.
func NewReceiver(js jetstream.JetStream, name string, capacity int64, o Options) (*Receiver, error) {
	p, err := ring.OpenProducer(name, &ring.Options{Dir: o.Dir, Create: true, Capacity: capacity, WaitForPeer: true})
	if err != nil {
		return nil, err
	}
	s, err := openSteps(name, o.Dir)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	r := &Receiver{js: js, p: p, steps: s, o: o.withDefaults(), next: 1}
	if last, ok := s.last(); ok {
		r.next = last.sequence
		if p.Stats().Position != last.position { // it came about
			r.next++
			r.skipped.Add(1)
		}
	}
	return r, nil
}

// Close gives up the seat and ends the ring there: its consumer gets what is
// left, then io.EOF, unless another Receiver comes first.
func (r *Receiver) Close() error { return errors.Join(r.p.Close(), r.steps.close()) }

// Run carries records until ctx ends or the stream says that the producer closed;
// it returns nil then. It waits for a server that is gone, and for a stream that
// nobody has made. Errors: ctx.Err(), [ErrStream], [ErrGap], and those of
// ring.Producer.Send.
func (r *Receiver) Run(ctx context.Context) error {
	for {
		done, err := r.follow(ctx)
		switch {
		case done || ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case lasting(err) || errors.As(err, new(ringError)):
			return err
		}
		r.retried(err, r.o)
		if err := pause(ctx, r.o.Patience); err != nil {
			return err
		}
	}
}

// ringError is an error of the ring, which no new connection mends.
type ringError struct{ error }

func (e ringError) Unwrap() error { return e.error }

// follow reads the stream until something goes wrong.
func (r *Receiver) follow(ctx context.Context) (done bool, err error) {
	stream, err := open(ctx, r.js, r.o)
	if err != nil {
		return false, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return false, err
	}
	if r.next > info.State.LastSeq+1 {
		return false, fmt.Errorf("%w: it ends at message %d, %d were received", ErrStream, info.State.LastSeq, r.next-1)
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.next,
	})
	if err != nil {
		return false, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return false, err
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for {
		msg, err := messages.Next()
		if err != nil {
			return false, err
		}
		if done, err := r.take(ctx, msg); done || err != nil {
			return done, err
		}
		if r.next%most == 0 {
			r.forget(ctx, stream)
		}
	}
}

// take puts a message into the ring, unless it came before.
func (r *Receiver) take(ctx context.Context, msg jetstream.Msg) (done bool, err error) {
	meta, err := msg.Metadata()
	if err != nil {
		return false, err
	}
	m, err := parse(msg.Headers())
	if err != nil {
		return false, err
	}
	switch sequence := meta.Sequence.Stream; {
	case sequence < r.next:
		r.skipped.Add(1)
		return false, nil
	case sequence > r.next:
		return false, fmt.Errorf("%w: %d to %d", ErrGap, r.next, sequence-1)
	}
	if m.end {
		return true, nil
	}
	r.steps.note(step{r.next, r.p.Stats().Position})
	if err := r.p.Send(ctx, msg.Data()); err != nil {
		return false, ringError{err}
	}
	r.next++
	r.records.Add(1)
	r.bytes.Add(uint64(len(msg.Data())))
	return false, nil
}

// forget removes from the stream what was received, except the last message, by
// which a sender knows where it is. What fails is done the next time.
func (r *Receiver) forget(ctx context.Context, stream jetstream.Stream) {
	if r.next > 2 {
		_ = stream.Purge(ctx, jetstream.WithPurgeSequence(r.next-1))
	}
}
