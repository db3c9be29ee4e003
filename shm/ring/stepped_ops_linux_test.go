//go:build amd64 && !race && !msan && !asan && !shmnotrap && !shmcheck && !shmfifo

package ring

import (
	"context"
	"fmt"
)

// A steppedOp is one operation.
type steppedOp struct {
	name  string
	ready func(p *Producer, c *Consumer) (sent, done int) // of the records sent the consumer is done with so many
	do    func(p *Producer, c *Consumer, recs [][]byte) error
	len   func(n int) int // of the n-th record
	sends int             // records that do sends
	takes int             // records that do makes the consumer be done with, at most
	entry func() uintptr  // the routine that has to do it
	way   string          // of copying
}

// record is the n-th record of the operation's ring.
func (op *steppedOp) record(n int) []byte {
	b := make([]byte, op.len(n))
	for i := range b {
		b[i] = byte(n*31 + i*7 + i>>8 + 1)
	}
	return b
}

func always(n int) func(int) int { return func(int) int { return n } }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// rolled sends and takes records until the next one lies at the given place.
func rolled(at uint64) func(p *Producer, c *Consumer) (int, int) {
	return func(p *Producer, c *Consumer) (int, int) {
		for again := true; again; again = p.tail&p.mask != at {
			must(p.TrySend(nil))
			_, err := c.TryReceive(nil)
			must(err)
		}
		p.carrier.left = between // it times none
		return 0, 0
	}
}

func send(p *Producer, _ *Consumer, recs [][]byte) error { return p.TrySend(recs[0]) }

func sendBatch(p *Producer, _ *Consumer, recs [][]byte) error {
	_, err := p.SendBatch(noWait, recs)
	return err
}

func commitOne(p *Producer, _ *Consumer, recs [][]byte) error {
	slot, err := p.Reserve(noWait, len(recs[0]))
	if err != nil {
		return err
	}
	copy(slot, recs[0])
	return p.Commit(len(recs[0]))
}

// steppedSends are the sends of all lengths at which the assembly changes its way of
// copying, in every way, in the middle of the ring and at its end.
func steppedSends() (ops []*steppedOp) {
	for i, n := range []int{0, 1, 2, 3, 4, 8, 9, 16, 17, 64, 255, 256, 300, 700, carried, 1900} {
		at := 8 * uint64(i+1)
		ops = append(ops, &steppedOp{name: fmt.Sprintf("Commit %d", n), ready: rolled(at), do: commitOne, entry: commitEntry})
		for way := range waysOfPost {
			if n >= longPost || way == "wide" {
				ops = append(ops, &steppedOp{name: fmt.Sprintf("Send %d, %s", n, way), ready: rolled(at), do: send, entry: postEntry, way: way})
			}
		}
		ops = append(ops, &steppedOp{name: fmt.Sprintf("Send %d at the end", n), ready: rolled(minCapacity - 8), do: send})
		for _, op := range ops {
			if op.len == nil {
				op.len, op.sends = always(n), 1
			}
		}
	}
	asleep := func(_ *Producer, c *Consumer) (int, int) {
		fenced32(c.mine.park, 1)
		return 0, 0
	}
	return append(ops,
		&steppedOp{name: "Send to a sleeper", ready: asleep, do: send, len: always(8), sends: 1},
		&steppedOp{name: "SendBatch", ready: rolled(64), do: sendBatch, len: func(n int) int { return 8 + n*40 }, sends: 5},
		&steppedOp{name: "SendBatch of 8 bytes", ready: rolled(64), do: sendBatch, len: always(8), sends: 8})
}

// steppedTakes are what a consumer does, and the ends.
func steppedTakes() (ops []*steppedOp) {
	add := func(name string, takes int, do func(p *Producer, c *Consumer) error) {
		op := &steppedOp{name: name, takes: takes, len: func(n int) int { return 100 + n }}
		op.do = func(p *Producer, c *Consumer, _ [][]byte) error { return do(p, c) }
		op.ready = func(p *Producer, c *Consumer) (int, int) {
			for i := range 6 {
				must(p.TrySend(op.record(i)))
			}
			for range 3 {
				_, err := c.TryNext()
				must(err)
			}
			return 6, 2 // the third is still looked at
		}
		ops = append(ops, op)
	}
	add("Close of the producer", 0, func(p *Producer, _ *Consumer) error { return p.Close() })
	add("Close of the consumer", 1, func(_ *Producer, c *Consumer) error { return c.Close() })
	add("Next", 1, func(_ *Producer, c *Consumer) error { _, err := c.TryNext(); return err })
	add("Release", 1, func(_ *Producer, c *Consumer) error { c.Release(); return nil })
	add("Receive", 2, func(_ *Producer, c *Consumer) error { _, err := c.TryReceive(nil); return err })
	add("NextBatch", 3, func(_ *Producer, c *Consumer) error {
		_, err := c.NextBatch(noWait, make([][]byte, 2))
		c.Release()
		return err
	})
	next := func(c *Consumer) error { _, err := c.Next(context.Background()); return err }
	dialogue := &steppedOp{name: "Next of a dialogue", len: always(600), takes: 1, entry: glanceEntry}
	dialogue.do = func(_ *Producer, c *Consumer, _ [][]byte) error { return next(c) }
	dialogue.ready = func(p *Producer, c *Consumer) (int, int) {
		for i := range 3 {
			must(p.TrySend(dialogue.record(i)))
			if i < 2 {
				must(next(c))
			}
		}
		return 3, 1
	}
	return append(ops, dialogue)
}

func steppedOps() []*steppedOp { return append(steppedSends(), steppedTakes()...) }
