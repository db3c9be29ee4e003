package ring

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// received is what a new consumer of the ring gets: records until the end, or none
// when none came in time.
func received(t *testing.T, o Options, close bool) (recs []string, err error) {
	t.Helper()
	c, err := OpenConsumer("ended", &o)
	if err != nil {
		t.Fatal(err)
	}
	if close {
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for {
		rec, err := c.Next(ctx)
		if err != nil {
			if _, again := c.TryNext(); !errors.Is(err, context.DeadlineExceeded) && again != err {
				t.Errorf("%v, then %v", err, again)
			}
			if !close {
				if err := c.end(nil); err != nil { // as if it had died: nothing of what it knew is written
					t.Error(err)
				}
			}
			return recs, err
		}
		recs = append(recs, string(rec))
	}
}

func sent(t *testing.T, o Options, recs ...string) {
	t.Helper()
	p, err := OpenProducer("ended", &o)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		if err := p.Send(t.Context(), []byte(rec)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// The end of a producer is told until a consumer that was told closes; whoever comes
// then has come before the next producer, and waits for it.
func TestAnEndIsToldToOneConsumerThatCloses(t *testing.T) {
	o := Options{Dir: t.TempDir(), Create: true, Capacity: minCapacity}
	expect := func(what string, got []string, err error, n int, want error) {
		t.Helper()
		if len(got) != n || !errors.Is(err, want) {
			t.Fatalf("%s: %q, %v", what, got, err)
		}
	}
	sent(t, o, "a", "b")
	got, err := received(t, o, false)
	expect("a consumer that dies", got, err, 2, io.EOF)
	got, err = received(t, o, true)
	expect("its successor", got, err, 0, io.EOF)
	got, err = received(t, o, true)
	expect("one before the next producer", got, err, 0, context.DeadlineExceeded)
	sent(t, o)
	got, err = received(t, o, true)
	expect("behind a producer without records", got, err, 0, io.EOF)
	got, err = received(t, o, true)
	expect("one that comes too early again", got, err, 0, context.DeadlineExceeded)
	sent(t, o, "c")
	got, err = received(t, o, true)
	expect("behind the third", got, err, 1, io.EOF)
}

func TestAConsumerWaitsForTheProducerBehindTheOneThatEnded(t *testing.T) {
	o := Options{Dir: t.TempDir(), Create: true, Capacity: minCapacity}
	sent(t, o, "a")
	if got, err := received(t, o, true); len(got) != 1 || err != io.EOF {
		t.Fatalf("%q, %v", got, err)
	}
	c, err := OpenConsumer("ended", &o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	next := make(chan string)
	go func() {
		var p Poller
		p.Add(c)
		if _, err := p.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		rec, err := c.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		next <- string(rec)
		_, err = c.Next(t.Context())
		if err != io.EOF {
			t.Error(err)
		}
		close(next)
	}()
	time.Sleep(20 * time.Millisecond)
	sent(t, o, "second")
	if got := <-next; got != "second" {
		t.Fatalf("%q", got)
	}
	<-next
}
