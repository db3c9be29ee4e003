package ring_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/absfs/shmkit/shm/ring"
)

// One process sends records, another receives them. Here both sides live in one
// process, so that the example can be run.
func Example() {
	dir, err := os.MkdirTemp("", "ring")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	options := &ring.Options{Create: true, Capacity: 1 << 20, Dir: dir}

	p, err := ring.OpenProducer("prices", options) // in one process
	if err != nil {
		log.Fatal(err)
	}
	err = p.Send(ctx, []byte("EURUSD 1.0842"))
	if err != nil {
		log.Fatal(err)
	}
	p.Close()

	c, err := ring.OpenConsumer("prices", options) // in another
	if err != nil {
		log.Fatal(err)
	}
	for record, err := range c.All(ctx) {
		fmt.Println(string(record), err)
	}
	c.Close()
	fmt.Println(ring.Remove("prices", options))
	// Output:
	// EURUSD 1.0842 <nil>
	// <nil>
}

// A record can be written and read in place, without a copy in between.
func ExampleProducer_Reserve() {
	dir, err := os.MkdirTemp("", "ring")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	options := &ring.Options{Create: true, Dir: dir}
	p, err := ring.OpenProducer("frames", options)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	c, err := ring.OpenConsumer("frames", options)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	frame, err := p.Reserve(ctx, 1024) // shared memory, ours until Commit
	if err != nil {
		log.Fatal(err)
	}
	n := copy(frame, "only what was filled is sent")
	if err := p.Commit(n); err != nil {
		log.Fatal(err)
	}

	record, err := c.Next(ctx) // the same memory, ours until Release
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(record))
	c.Release()
	// Output: only what was filled is sent
}
