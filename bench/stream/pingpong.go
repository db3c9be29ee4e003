package stream

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// Systems of the round trips.
const (
	RingSpin  = "ring, spinning"
	RingBlock = "ring, blocking"
)

// trip sends a record and waits for it to come back.
type trip func(number uint64) error

// ping measures round trips. Without a pause they follow each other and their
// mean is taken over segments without a clock in between; then single ones are
// timed for the quantiles. With a pause each one finds both sides asleep.
func (s Spec) ping() error {
	go_, err := s.tripper()
	if err != nil {
		return err
	}
	number := uint64(0)
	once := func() error { number++; return go_(number) }
	var o Out
	if s.Pause == 0 {
		if o, err = s.meter(func(n int) error {
			for range n {
				if err := once(); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	times, err := s.timed(once)
	if err != nil {
		return err
	}
	if s.Pause > 0 {
		o.Segments = []float64{quantile(times, 0.5)}
	}
	o.Quantiles = map[string]float64{
		"p50": quantile(times, 0.5), "p90": quantile(times, 0.9), "p99": quantile(times, 0.99), "p99.9": quantile(times, 0.999),
	}
	return say(o)
}

func (s Spec) timed(once func() error) ([]float64, error) {
	budget := time.Duration(s.Segments) * s.Segment
	times := make([]float64, 0, 1<<20)
	for start := time.Now(); time.Since(start) < budget && len(times) < cap(times); {
		if s.Pause > 0 {
			time.Sleep(s.Pause)
		}
		t := time.Now()
		if err := once(); err != nil {
			return nil, err
		}
		times = append(times, float64(time.Since(t)))
	}
	slices.Sort(times)
	return times, nil
}

func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func (s Spec) tripper() (trip, error) {
	rec := make([]byte, s.Size)
	if s.System == Unix {
		c, err := s.dial()
		if err != nil {
			return nil, err
		}
		return func(number uint64) error {
			stamp(rec, number)
			if _, err := c.Write(rec); err != nil {
				return err
			}
			if _, err := io.ReadFull(c, rec); err != nil {
				return err
			}
			return match(rec, number)
		}, nil
	}
	p, c, err := s.duplex("-ping", "-pong")
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return func(number uint64) error {
		stamp(rec, number)
		if err := p.Send(ctx, rec); err != nil {
			return err
		}
		back, err := c.Next(ctx)
		if err != nil {
			return err
		}
		copy(rec, back)
		return match(rec, number)
	}, nil
}

func match(rec []byte, number uint64) error {
	if got := binary.LittleEndian.Uint64(rec); got != number {
		return wrong(got, number)
	}
	return nil
}

// duplex opens both rings of a pair: it sends into out and takes from in.
func (s Spec) duplex(out, in string) (*ring.Producer, *ring.Consumer, error) {
	s.Wait = int(ring.WaitSpin)
	if s.System == RingBlock {
		s.Wait = int(ring.WaitBlock)
	}
	p, err := ring.OpenProducer(s.Path+out, s.ringOptions())
	if err != nil {
		return nil, nil, err
	}
	c, err := ring.OpenConsumer(s.Path+in, s.ringOptions())
	return p, c, err
}

// echo sends everything back.
func (s Spec) echo() error {
	rec := make([]byte, s.Size)
	if s.System == Unix {
		c, err := s.listen()
		if err != nil {
			return err
		}
		for {
			if _, err := io.ReadFull(c, rec); err != nil {
				return err
			}
			if _, err := c.Write(rec); err != nil {
				return err
			}
		}
	}
	p, c, err := s.duplex("-pong", "-ping")
	if err != nil {
		return err
	}
	ctx := context.Background()
	for {
		in, err := c.Next(ctx)
		if err != nil {
			return err
		}
		copy(rec, in)
		if err := p.Send(ctx, rec[:len(in)]); err != nil {
			return err
		}
	}
}

// idle takes one side of a ring, waits, and says what that cost.
func (s Spec) idle() error {
	o := s.ringOptions()
	ctx, cancel := context.WithTimeout(context.Background(), s.Warm)
	defer cancel()
	var wait func() error
	if s.Role == IdleConsumer {
		c, err := ring.OpenConsumer(s.Path, o)
		if err != nil {
			return err
		}
		wait = func() error { _, err := c.Next(ctx); return err }
	} else {
		p, err := ring.OpenProducer(s.Path, o)
		if err != nil {
			return err
		}
		defer p.Close()
		wait = func() error { <-ctx.Done(); return nil }
	}
	// A process that has just begun is not idle: its runtime's monitor is not. One that
	// comes to its end is not either, which is why the time between is long.
	var before time.Duration
	var start time.Time
	settled := make(chan struct{})
	time.AfterFunc(s.Warm/4, func() {
		before, start = processTime(), time.Now()
		close(settled)
	})
	_ = wait() // ends with ctx
	<-settled
	return say(Out{CPU: float64(processTime()-before) / float64(time.Since(start))})
}
