package ring

import (
	"context"
	"testing"
	"time"
)

// Once it is given back, the producer may have overwritten it.
func TestCloseTakesNothingBackThatWasReleased(t *testing.T) {
	for name, read := range map[string]func(c *Consumer) error{
		"Receive": func(c *Consumer) error { _, err := c.Receive(context.Background(), nil); return err },
		"Release": func(c *Consumer) error { _, err := c.Next(context.Background()); c.Release(); return err },
	} {
		t.Run(name, func(t *testing.T) {
			p, c := pair(t, 4096, Options{})
			if err := p.TrySend([]byte("once")); err != nil {
				t.Fatal(err)
			}
			if err := read(c); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := p.Stats().Depth; got != 0 {
				t.Fatalf("%d bytes came back", got)
			}
		})
	}
}

func TestAReceiverThatWaitsWithholdsNoSpace(t *testing.T) {
	p, c := pair(t, 4096, Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.Send(ctx, make([]byte, 2000)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(ctx); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		_, err := c.Receive(ctx, nil)
		got <- err
	}()
	if err := p.Send(ctx, make([]byte, 2040)); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

// A peer wakes each sleep once and knows sleeps by the park word's value.
func TestASuccessorNeverSleepsUnderItsPredecessorsNumber(t *testing.T) {
	mem := heap(t, 4096)
	p, err := newProducer(mem, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, killed := range []uint32{0, 1, 2, 3, 1<<32 - 1, 1<<32 - 2} {
		fenced32(p.other.park, killed)
		c, err := newConsumer(mem, Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if asleep := load32(c.mine.park) | 1; asleep == killed|1 {
			t.Errorf("killed at park %d, its successor sleeps at %d", killed, asleep)
		}
	}
}
