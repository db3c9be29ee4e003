//go:build shmcheck

package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// stand is one cell of the matrix: a ring, the side that survives, and what has
// to come out of it.
type stand struct {
	t    *testing.T
	op   killedOp
	o    *Options
	p    *Producer
	c    *Consumer
	ctx  context.Context
	heir chan error
}

func (s *stand) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func newStand(t *testing.T, op killedOp) *stand {
	s := &stand{t: t, op: op, o: &Options{Dir: t.TempDir(), Capacity: 4096, Create: true, TakeOver: true}, heir: make(chan error, 1)}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return s
}

// prepare makes the ring as the operation wants to find it.
func (s *stand) prepare() {
	op := s.op
	s.openBoth()
	for n, size := range op.sizes {
		if op.ahead > 0 && n >= op.ahead {
			for range op.ahead {
				_, err := s.c.TryReceive(nil)
				s.ok(err)
			}
			s.op.ahead, op.ahead = op.ahead, 0
		}
		s.ok(s.p.TrySend(numbered(n, size)))
	}
	if op.seated {
		return
	}
	if op.consumer {
		s.ok(s.c.Close())
		s.c = nil
	} else {
		s.ok(s.p.Close())
		s.p = nil
	}
}

func (s *stand) openBoth() {
	var err error
	if s.p == nil {
		s.p, err = OpenProducer("r", s.o)
		s.ok(err)
	}
	if s.c == nil {
		s.c, err = OpenConsumer("r", s.o)
		s.ok(err)
	}
}

// kill runs the operation in a child killed before its step at: the name of the
// step, "" if it has no such step.
func (s *stand) kill(at int) (name string) {
	s.t.Helper()
	s.t.Setenv(killEnv, fmt.Sprintf("%s/%d", s.op.name, at))
	if s.op.parked {
		other := s.c
		if s.op.consumer {
			fenced32(s.p.mine.park, 1)
		} else {
			fenced32(other.mine.park, 1)
		}
	}
	cmd, out := start(s.t, "killed", s.o.Dir)
	stop := make(chan struct{})
	held := make(chan struct{})
	go func() { // the holder of the victim's seat looks at requests as it waits
		defer close(held)
		for s.op.seated {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				if s.op.consumer {
					_ = s.c.guarded(func() error { return s.c.succeeded(nil) })
				} else {
					_ = s.p.guarded(func() error { return s.p.succeeded(nil) })
				}
			}
		}
	}()
	if s.op.heir {
		go func() { s.heir <- s.inherit() }()
	}
	text, err := io.ReadAll(out)
	s.ok(err)
	_ = cmd.Wait()
	close(stop)
	<-held
	for line := range strings.Lines(string(text)) {
		if after, found := strings.CutPrefix(line, "killed "); found {
			name = strings.TrimSpace(after)
		}
		if strings.HasPrefix(line, "ended") {
			return ""
		}
	}
	if name == "" {
		s.t.Fatalf("the child ended by itself: %s", text)
	}
	return name
}

// inherit waits for the victim to sit, and for its seat then.
func (s *stand) inherit() (err error) {
	for {
		info, err := Inspect("r", s.o)
		if err != nil {
			return err
		}
		if s.op.consumer && info.Consumer.Seated || !s.op.consumer && info.Producer.Seated {
			break
		}
	}
	if s.op.consumer {
		s.c, err = OpenConsumer("r", s.o)
	} else {
		s.p, err = OpenProducer("r", s.o)
	}
	return err
}

// succeed has successors sit down and everything arrive: the records that
// were there, what the victim published, and some more, then the end. The step
// before which the victim died says what it published, and nothing is left open:
// everything from the position's store on, nothing before.
func (s *stand) succeed(step string) {
	done := 0
	switch step {
	case "", "rung", "wake", "futex wake", "wake-ups":
		done = s.op.done
	}
	if s.op.heir {
		s.ok(<-s.heir)
	}
	first, sent := s.op.ahead, len(s.op.sizes)
	if s.op.consumer {
		first += done
	} else {
		sent += done
		s.drain(&first, sent)
	}
	s.leaveSeats()
	s.openBoth()
	go s.send(sent)
	for n := first; ; n++ {
		rec, err := s.c.Receive(s.ctx, nil)
		if err == io.EOF {
			if n != sent+more {
				s.t.Fatalf("the end after %d records of %d", n, sent+more)
			}
			break
		}
		s.ok(err)
		s.check(rec, n, sent)
	}
	s.ok(s.c.Close())
}

// more is how many records a successor sends: enough to go around the end.
const more = 20

func (s *stand) send(n int) {
	for end := n + more; n < end; n++ {
		if err := s.p.Send(s.ctx, numbered(n, n*97%1500)); err != nil {
			s.t.Error(err)
			return
		}
	}
	if err := s.p.Close(); err != nil {
		s.t.Error(err)
	}
}

// drain has a surviving consumer read what there is, and learn of the death.
func (s *stand) drain(first *int, sent int) {
	if s.op.done == 0 {
		return // it may have closed, or opened nothing
	}
	for ; *first < sent; *first++ {
		rec, err := s.c.TryReceive(nil)
		s.ok(err)
		s.check(rec, *first, sent)
	}
	if rec, err := s.c.TryReceive(nil); err != ErrEmpty {
		s.t.Fatalf("%d bytes that were not published, %v", len(rec), err)
	}
	if s.op.heir {
		return
	}
	if _, err := s.c.Next(s.ctx); !errors.Is(err, ErrPeerDead) {
		s.t.Fatalf("the survivor learns %v", err)
	}
}

// leaveSeats forgets a holder that has given its seat to the victim.
func (s *stand) leaveSeats() {
	if s.p != nil && s.p.usable() != nil {
		s.p = nil
	}
	if s.c != nil && s.c.usable() != nil {
		s.c = nil
	}
}

// check compares a record of before, the victim's, or the successor's.
func (s *stand) check(rec []byte, n, sent int) {
	s.t.Helper()
	size := len(rec)
	switch {
	case n < len(s.op.sizes):
		size = s.op.sizes[n]
	case n >= sent:
		size = n * 97 % 1500
	}
	if !bytes.Equal(rec, numbered(n, size)) {
		s.t.Fatalf("record %d: %d bytes of %d", n, len(rec), size)
	}
}

// row kills an operation at each of its steps.
func row(t *testing.T, op killedOp, prepare func(*stand), succeed func(s *stand, step string)) string {
	var steps []string
	for at := 1; ; at++ {
		s := newStand(t, op)
		prepare(s)
		name := s.kill(at)
		succeed(s, name)
		if t.Failed() {
			t.Fatalf("killed at step %d, before: %s", at, name)
		}
		if name == "" {
			side := "producer"
			if op.consumer {
				side = "consumer"
			}
			return fmt.Sprintf("| %s | %s | %d | %s |", op.name, side, len(steps), strings.Join(steps, ", "))
		}
		steps = append(steps, name)
	}
}

const (
	matrixDoc  = "../../docs/ring-kill-matrix.md"
	matrixHead = "| operation | victim | kills | before each of these, in order |\n| --- | --- | --- | --- |\n"
)

func TestKillMatrix(t *testing.T) {
	checker = &killer{}
	defer func() { checker = direct{} }()
	table := matrixHead
	for _, op := range killed {
		if !t.Run(op.name, func(t *testing.T) { table += row(t, op, (*stand).prepare, (*stand).succeed) + "\n" }) {
			return
		}
	}
	fmt.Print(table)
	doc, err := os.ReadFile(matrixDoc)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(doc), "\r", ""), table) {
		t.Error("docs/ring-kill-matrix.md has another table than this one")
	}
}
