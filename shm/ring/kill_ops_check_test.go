//go:build shmcheck

package ring

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// killedOp is a row of the matrix: one side's operation, of which every step on
// shared memory is one where it is killed.
type killedOp struct {
	name     string
	consumer bool
	sizes    []int // records that are there before; the victim's are those behind
	ahead    int   // of them, given back before
	parked   bool  // the other side sleeps
	seated   bool  // the seat is the survivor's, whom the victim challenges
	heir     bool  // a challenger waits for the victim's seat
	done     int   // records the victim sends or takes
	run      func(v *victim) error
}

// numbered is record n of the matrix.
func numbered(n, size int) []byte { return bytes.Repeat([]byte{byte(n + 1)}, size) }

// killed are the operations. The survivor sends or has sent records 0, 1, ...
// of the given sizes; a producer that is the victim sends the next ones.
var killed = []killedOp{
	{name: "open a producer", run: func(v *victim) error { v.arm(); return v.produce() }},
	{name: "Send", sizes: []int{100}, done: 1, run: func(v *victim) error {
		return v.sends(func() error { return v.p.TrySend(numbered(1, 100)) })
	}},
	{name: "Reserve, Commit", sizes: []int{100}, done: 1, run: func(v *victim) error {
		return v.sends(func() error {
			slot, err := v.p.TryReserve(300)
			if err != nil {
				return err
			}
			fill(slot[:100], numbered(1, 100))
			return v.p.Commit(100)
		})
	}},
	{name: "Reserve, Abort", sizes: []int{100}, run: func(v *victim) error {
		return v.sends(func() error {
			slot, err := v.p.TryReserve(300)
			if err != nil {
				return err
			}
			fill(slot, numbered(9, 300))
			v.p.Abort()
			return nil
		})
	}},
	{name: "SendBatch", sizes: []int{100}, done: 3, run: func(v *victim) error {
		return v.sends(func() error {
			_, err := v.p.SendBatch(v.ctx, [][]byte{numbered(1, 100), numbered(2, 8), numbered(3, 0)})
			return err
		})
	}},
	{name: "Send around the end", sizes: []int{2000, 1500}, ahead: 1, done: 1, run: func(v *victim) error {
		return v.sends(func() error { return v.p.TrySend(numbered(2, 1000)) })
	}},
	{name: "Send to a sleeper", sizes: []int{100}, parked: true, done: 1, run: func(v *victim) error {
		return v.sends(func() error { return v.p.TrySend(numbered(1, 100)) })
	}},
	{name: "Send in a full ring", sizes: []int{2040, 2040}, run: func(v *victim) error {
		return v.sends(func() error { return canceled(v.p.Send(v.ctx, numbered(2, 100))) })
	}},
	{name: "Send, handing over", sizes: []int{100}, heir: true, done: 1, run: func(v *victim) error {
		return v.sends(func() error {
			for load32(v.p.request) == v.p.answered {
				time.Sleep(time.Millisecond)
			}
			return v.p.TrySend(numbered(1, 100))
		})
	}},
	{name: "close a producer", sizes: []int{100}, run: func(v *victim) error {
		return v.sends(func() error { return v.p.Close() })
	}},
	{name: "take over from a producer", sizes: []int{100}, seated: true, run: func(v *victim) error {
		v.o.TakeOver = true
		v.arm()
		return v.produce()
	}},
	{name: "open a consumer", consumer: true, sizes: []int{100, 100}, run: func(v *victim) error { v.arm(); return v.consume() }},
	{name: "Receive", consumer: true, sizes: []int{100, 100}, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryReceive(nil); return err })
	}},
	{name: "Next, Release", consumer: true, sizes: []int{100, 100}, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryNext(); v.c.Release(); return err })
	}},
	{name: "Receive around the end", consumer: true, sizes: []int{2000, 1500, 1000}, ahead: 2, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryReceive(nil); return err })
	}},
	{name: "Release to a sleeper", consumer: true, sizes: []int{2040, 2040}, parked: true, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryNext(); v.c.Release(); return err })
	}},
	{name: "Receive from an empty ring", consumer: true, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.Receive(v.ctx, nil); return canceled(err) })
	}},
	{name: "Receive, handing over", consumer: true, sizes: []int{100, 100}, heir: true, done: 1, run: func(v *victim) error {
		return v.takes(func() error {
			for load32(v.c.request) == v.c.answered {
				time.Sleep(time.Millisecond)
			}
			_, err := v.c.TryReceive(nil)
			return err
		})
	}},
	{name: "close a consumer", consumer: true, sizes: []int{100, 100}, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryNext(); return errors.Join(err, v.c.Close()) })
	}},
	{name: "close a consumer behind an end", consumer: true, sizes: []int{100, 100}, run: func(v *victim) error {
		return v.takes(func() error {
			_, err := v.c.TryNext()
			v.c.told = 1
			return errors.Join(err, v.c.Close())
		})
	}},
	{name: "take over from a consumer", consumer: true, sizes: []int{100, 100}, seated: true, run: func(v *victim) error {
		v.o.TakeOver = true
		v.arm()
		return v.consume()
	}},
}

func (v *victim) sends(op func() error) error {
	if err := v.produce(); err != nil {
		return err
	}
	v.arm()
	return op()
}

func (v *victim) takes(op func() error) error {
	if err := v.consume(); err != nil {
		return err
	}
	v.arm()
	return op()
}

func canceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
