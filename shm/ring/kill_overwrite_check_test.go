//go:build shmcheck

package ring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// floodSize is the length of this matrix's records: many of them are there.
const floodSize = 24

// floods are the operations on a ring whose producer overwrites. In front of each
// the ring holds the last of ahead records.
var floods = []struct {
	killedOp
	ahead int
}{
	{killedOp{name: "open a producer that overwrites", run: func(v *victim) error { v.arm(); return v.produce() }}, 150},
	{killedOp{name: "Send over nothing", done: 1, run: func(v *victim) error {
		return v.sends(func() error { return v.p.TrySend(numbered(3, floodSize)) })
	}}, 3},
	{killedOp{name: "Send over the oldest", done: 1, run: func(v *victim) error {
		// The first gives up records, enough for itself and some behind it.
		return v.sends(func() error { return v.p.TrySend(numbered(102, floodSize)) })
	}}, 102},
	{killedOp{name: "Commit over the oldest", done: 1, run: func(v *victim) error {
		return v.sends(func() error {
			slot, err := v.p.TryReserve(2 * floodSize)
			if err != nil {
				return err
			}
			copy(slot, numbered(102, floodSize))
			return v.p.Commit(floodSize)
		})
	}}, 102},
	{killedOp{name: "Send over the oldest to a sleeper", parked: true, done: 1, run: func(v *victim) error {
		return v.sends(func() error { return v.p.TrySend(numbered(102, floodSize)) })
	}}, 102},
	{killedOp{name: "Receive behind what was lost", consumer: true, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryReceive(nil); return err })
	}}, 150},
	{killedOp{name: "Next, Release behind what was lost", consumer: true, done: 1, run: func(v *victim) error {
		return v.takes(func() error { _, err := v.c.TryNext(); v.c.Release(); return err })
	}}, 150},
}

// flood makes a cell of this matrix.
func (s *stand) flood(ahead int) {
	s.o.Full = FullOverwrite
	s.openBoth()
	for n := range ahead {
		s.ok(s.p.TrySend(numbered(n, floodSize)))
	}
	if s.op.consumer {
		s.ok(s.c.Close())
		s.c = nil
		return
	}
	s.ok(s.p.Close())
	s.p = nil
}

// readOn reads up to want: what comes is whole, and without a gap behind the
// first of it.
func (s *stand) readOn(want error) (first, next int) {
	s.t.Helper()
	for first = -1; ; next++ {
		rec, err := s.c.TryReceive(nil)
		if errors.Is(err, want) || err == io.EOF { // the seat was left in order by those before the victim
			return first, next
		}
		s.ok(err)
		if first < 0 {
			first, next = int(rec[0])-1, int(rec[0])-1
		}
		if !bytes.Equal(rec, numbered(next, floodSize)) {
			s.t.Fatalf("record %d: %x", next, rec)
		}
	}
}

// outlive checks what survivor and successor find, of which the victim's is the
// last record, if it was killed behind the store that says so.
func (s *stand) outlive(step string, ahead int) {
	done := 0
	switch step {
	case "", "rung", "wake", "futex wake", "wake-ups":
		done = s.op.done
	}
	if s.op.consumer {
		s.o.TakeOver = false
		s.openBoth()
		first, next := s.readOn(ErrEmpty)
		if next != ahead || first <= done || uint64(first-done) != s.c.Lost() {
			s.t.Fatalf("records %d to %d of %d, %d were lost", first, next, ahead, s.c.Lost())
		}
		s.ok(s.p.Close())
		s.ok(s.c.Close())
		return
	}
	first, next := s.readOn(ErrEmpty)
	if next != ahead+done || uint64(max(first, 0)) != s.c.Lost() {
		s.t.Fatalf("records %d to %d of %d, %d were lost", first, next, ahead+done, s.c.Lost())
	}
	s.openBoth()
	for n := range more {
		s.ok(s.p.TrySend(numbered(next+n, floodSize)))
	}
	s.ok(s.p.Close())
	lost := s.c.Lost()
	again, end := s.readOn(io.EOF)
	unseen := uint64(0) // a record that had a number and was never published
	if step == "bytes" || step == "tail" {
		unseen = 1
	}
	if again != next || end != next+more || s.c.Lost()-lost != unseen {
		s.t.Fatalf("records %d to %d, %d were lost", again, end, s.c.Lost()-lost)
	}
	s.ok(s.c.Close())
}

func TestKillMatrixOfOverwriting(t *testing.T) {
	checker = &killer{}
	defer func() { checker = direct{} }()
	table := matrixHead
	for _, op := range floods {
		if !t.Run(op.name, func(t *testing.T) {
			table += row(t, op.killedOp, func(s *stand) { s.flood(op.ahead) }, func(s *stand, step string) { s.outlive(step, op.ahead) }) + "\n"
		}) {
			return
		}
	}
	fmt.Print(table)
	doc, err := os.ReadFile(matrixDoc)
	if err != nil || !strings.Contains(strings.ReplaceAll(string(doc), "\r", ""), table) {
		t.Error("docs/ring-kill-matrix.md has another table than this one", err)
	}
}
