package ring_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// place is a folder for the examples' rings, so that they meet nobody else's.
func place() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "ring")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// sides opens both ends of a new ring.
func sides(name string, options *ring.Options) (*ring.Producer, *ring.Consumer) {
	p, err := ring.OpenProducer(name, options)
	if err != nil {
		log.Fatal(err)
	}
	c, err := ring.OpenConsumer(name, options)
	if err != nil {
		log.Fatal(err)
	}
	return p, c
}

// Records in lots: one publication for many, one look for many.
func ExampleProducer_SendBatch() {
	dir, remove := place()
	defer remove()
	ctx := context.Background()
	p, c := sides("lots", &ring.Options{Create: true, Dir: dir})
	defer p.Close()
	defer c.Close()

	sent, err := p.SendBatch(ctx, [][]byte{[]byte("a"), []byte("b"), []byte("c")})
	if err != nil {
		log.Fatal(sent, err) // sent of them are on their way all the same
	}

	records := make([][]byte, 64)
	n, err := c.NextBatch(ctx, records)
	if err != nil {
		log.Fatal(err)
	}
	for _, record := range records[:n] { // valid until the next NextBatch
		fmt.Println(string(record))
	}
	// Output:
	// a
	// b
	// c
}

// Looking on, without a seat.
func ExampleOpenTap() {
	dir, remove := place()
	defer remove()
	options := &ring.Options{Create: true, Dir: dir}
	p, err := ring.OpenProducer("prices", options)
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Send(context.Background(), []byte("EURUSD 1.0842")); err != nil {
		log.Fatal(err)
	}
	if err := p.Close(); err != nil {
		log.Fatal(err)
	}

	tap, err := ring.OpenTap("prices", options)
	if err != nil {
		log.Fatal(err)
	}
	defer tap.Close()
	var buf []byte
	for {
		record, missed, err := tap.TryRead(buf)
		switch {
		case err == nil:
			fmt.Println(string(record), "behind", missed, "bytes given back unread")
			buf = record
		case errors.Is(err, ring.ErrEmpty) && tap.Closed(): // the producer closed, and that was all
			return
		case errors.Is(err, ring.ErrEmpty): // a tap does not sleep in the ring
			time.Sleep(time.Millisecond)
		default:
			log.Fatal(err)
		}
	}
	// Output:
	// EURUSD 1.0842 behind 0 bytes given back unread
}

// Quote is a record without pointers, the same on every machine.
type Quote struct {
	Price, Size float64
	Symbol      [8]byte
}

// Values of a Go type, written and read in place.
func ExampleTypedProducer() {
	dir, remove := place()
	defer remove()
	ctx := context.Background()
	options := &ring.Options{Create: true, Dir: dir}

	p, err := ring.OpenTypedProducer[Quote]("quotes", options)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	if err := p.Send(ctx, &Quote{Price: 1.0842, Size: 100}); err != nil {
		log.Fatal(err)
	}

	c, err := ring.OpenTypedConsumer[Quote]("quotes", options)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	quote, err := c.Next(ctx) // points into the ring, until the next Next
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(quote.Price, quote.Size)
	// Output: 1.0842 100
}

// One goroutine waits for records of many rings.
func ExamplePoller() {
	dir, remove := place()
	defer remove()
	ctx := context.Background()
	options := &ring.Options{Create: true, Dir: dir}
	north, fromNorth := sides("north", options)
	_, fromSouth := sides("south", options)
	if err := north.Send(ctx, []byte("12 °C")); err != nil {
		log.Fatal(err)
	}

	var poller ring.Poller
	poller.Add(fromNorth)
	poller.Add(fromSouth)
	ready, err := poller.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range ready {
		for {
			record, err := c.TryNext()
			if errors.Is(err, ring.ErrEmpty) {
				break
			}
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(string(record))
		}
	}
	// Output: 12 °C
}

// The newest records count: the producer never waits, the consumer learns how
// many it missed.
func ExampleConsumer_Lost() {
	dir, remove := place()
	defer remove()
	p, c := sides("positions", &ring.Options{Create: true, Dir: dir, Capacity: 4096, Full: ring.FullOverwrite})
	defer p.Close()
	defer c.Close()

	for n := range 1000 {
		if err := p.TrySend(fmt.Appendf(nil, "position %d", n)); err != nil {
			log.Fatal(err) // never ErrFull
		}
	}

	record, err := c.TryNext()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(record) == fmt.Sprint("position ", c.Lost()), c.Lost() > 800)
	// Output: true true
}

// A consumer that outlives its producers: whoever takes the seat next goes on.
func ExampleOptions_recovery() {
	dir, remove := place()
	defer remove()
	ctx := context.Background()
	p, c := sides("jobs", &ring.Options{Create: true, Dir: dir})
	if err := p.Send(ctx, []byte("job")); err != nil {
		log.Fatal(err)
	}
	p.Close()

	for {
		record, err := c.Next(ctx)
		switch {
		case err == nil:
			fmt.Println(string(record))
			continue
		case errors.Is(err, io.EOF): // the producer closed, and everything was read
			fmt.Println("done")
		case errors.Is(err, ring.ErrPeerDead): // it died: what it committed has been read
			fmt.Println("wait for a successor, or stop")
		default: // ErrCorrupt, a fault, ErrUnlinked: remove the ring and make it anew
			log.Fatal(err)
		}
		break
	}
	// Output:
	// job
	// done
}
