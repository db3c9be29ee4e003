//go:build amd64 && !race && !msan && !asan && !shmnotrap && !shmcheck && !shmfifo

package ring

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// succeed lets a new pair go on with what is in mem: it gets the records from one
// number up to another, and a record of its own arrives behind them.
func (op *steppedOp) succeed(mem []byte, sent int) (from, to int, err error) {
	mem = bytes.Clone(mem)
	c, err := newConsumer(mem, Options{}, nil)
	if err != nil {
		return 0, 0, err
	}
	from, to = sent, sent
	for n := 0; ; n++ {
		rec, err := c.TryNext()
		if err == ErrEmpty || err == io.EOF {
			break
		}
		if err != nil {
			return from, to, err
		}
		if n == 0 {
			for from = 0; from < sent+op.sends && !bytes.Equal(rec, op.record(from)); from++ {
			}
			to = from
		}
		if !bytes.Equal(rec, op.record(to)) {
			return from, to, fmt.Errorf("record %d from %d is none that was sent there", to, from)
		}
		to++
	}
	if err := c.Close(); err != nil {
		return from, to, err
	}
	p, err := newProducer(mem, Options{}, nil)
	if err != nil {
		return from, to, err
	}
	if err := p.TrySend([]byte("successor")); err != nil {
		return from, to, err
	}
	if c, err = newConsumer(mem, Options{}, nil); err != nil {
		return from, to, err
	}
	if rec, err := c.TryNext(); err != nil || string(rec) != "successor" {
		return from, to, fmt.Errorf("the successor's record is %q, %w", rec, err)
	}
	return from, to, nil
}

// judge tells the first of the states that a kill must not leave.
func (op *steppedOp) judge(states [][]byte, sent, done int) error {
	lo, to := 0, sent
	for i, mem := range states {
		begin, end, err := op.succeed(mem, sent)
		switch {
		case err != nil:
		case begin < lo || begin > done+op.takes:
			err = fmt.Errorf("begins with record %d, %d are done with", begin, done)
		case end < to || end > sent+op.sends || i == len(states)-1 && end != sent+op.sends:
			err = fmt.Errorf("ends before record %d, %d were sent before, %d now", end, sent, op.sends)
		}
		if err != nil {
			return fmt.Errorf("state %d of %d: %w", i, len(states), err)
		}
		lo, to = begin, end
	}
	return nil
}

func TestASideMayBeKilledAtEveryInstruction(t *testing.T) {
	if !canPost || !canGlance {
		t.Skip("platform: nothing is trapped here")
	}
	kills, all := 0, 0
	for _, op := range steppedOps() {
		states, sent, done, instructions, passed := step(t, op)
		if op.entry != nil && !passed {
			t.Errorf("%s is not done by its routine", op.name)
		}
		if len(states) < 2 {
			t.Errorf("%s changed nothing", op.name)
		}
		if err := op.judge(states, sent, done); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		t.Logf("%s: %d instructions, %d states", op.name, instructions, len(states))
		kills, all = kills+len(states), all+instructions
	}
	t.Logf("%d instructions, %d states of the memory", all, kills)
}

// The judge finds a position that moves before the bytes do.
func TestAStepThatPublishesEarlyIsFound(t *testing.T) {
	if !canPost {
		t.Skip("platform: nothing is trapped here")
	}
	for _, op := range steppedOps() {
		if op.name != "Send 64, wide" {
			continue
		}
		states, sent, done, _, _ := step(t, op)
		const position = producerPage + offPosition
		last := states[len(states)-1]
		for _, mem := range states[1 : len(states)-1] {
			copy(mem[position:position+8], last[position:position+8])
		}
		if err := op.judge(states, sent, done); err == nil {
			t.Fatal("not found")
		}
	}
}
