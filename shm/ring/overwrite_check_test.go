//go:build shmcheck

package ring

import (
	"errors"
	"fmt"
	"testing"

	"github.com/absfs/shmkit/internal/explore"
)

// flood is a program to be explored: a producer that overwrites and a consumer
// that is overtaken. It does not wait: that is explored with rings of the other
// kind.
type flood struct {
	size, records, ahead int
	looks                int // of the consumer, while the producer writes
	mortal               bool
	bugs                 bugs
	mem                  []byte
}

func (f *flood) program(m *explore.Machine) (func() uint64, func() error) {
	clear(f.mem)
	if err := formatAs(lossyVersion, f.mem, minCapacity); err != nil {
		m.Failf("%v", err)
	}
	checker = direct{}
	c := &modelled{m: m, mem: f.mem, bugs: f.bugs, stale: map[*uint64]uint64{}, local: map[string]func() uint64{}}
	p, err := newProducer(f.mem, Options{}, nil)
	if err != nil {
		m.Failf("producer: %v", err)
	}
	p.fences = false
	consumer, err := newConsumer(f.mem, Options{}, nil)
	if err != nil {
		m.Failf("consumer: %v", err)
	}
	consumer.fences = false
	for n := range f.ahead {
		if err := p.TrySend(f.record(n)); err != nil {
			m.Failf("send: %v", err)
		}
	}
	checker = c
	m.Go("producer", f.mortal, func() { f.send(m, c, p, f.ahead) }, func() {
		m.Go("next producer", false, func() {
			if p, err := newProducer(f.mem, Options{}, nil); err != nil {
				m.Failf("a producer cannot open the ring: %v", err)
			} else {
				p.fences = false
				f.send(m, c, p, f.records) // whatever came of the others
			}
		}, nil)
	})
	r := &reader{flood: f, c: consumer}
	m.Go("consumer", false, func() {
		c.locally(func() uint64 {
			return digestOf(consumer.scan, consumer.tail, consumer.over.next, consumer.over.lost, r.got, r.last)
		})
		for n := range f.looks {
			c.settle(uint64(n))
			if err := r.read(); err != nil && err != ErrEmpty {
				m.Failf("%v", err)
			}
		}
	}, nil)
	return func() uint64 { return c.digest(nil) }, func() error {
		checker = direct{}
		var err error
		for err == nil {
			err = r.read()
		}
		switch {
		case err != ErrEmpty:
			return err
		case r.last < f.records-1:
			return fmt.Errorf("the last record read was %d", r.last)
		}
		return nil
	}
}

// reader checks what it reads.
type reader struct {
	*flood
	c         *Consumer
	got, last int
}

func (r *reader) read() error {
	rec, err := r.c.TryNext()
	if err != nil {
		return err
	}
	n := int(rec[0]) - 1
	if len(rec) != r.size || rec[r.size-1] != rec[0] {
		return fmt.Errorf("a record of %d bytes begins with %d and ends with %d", len(rec), rec[0], rec[len(rec)-1])
	}
	if !r.mortal && n != r.got+int(r.c.Lost()) {
		return fmt.Errorf("record %d after %d others and %d lost", n, r.got, r.c.Lost())
	}
	if r.got > 0 && n <= r.last {
		return fmt.Errorf("record %d after record %d", n, r.last)
	}
	r.got, r.last = r.got+1, n
	return nil
}

func (f *flood) record(n int) []byte {
	rec := make([]byte, f.size)
	rec[0], rec[f.size-1] = byte(n+1), byte(n+1)
	return rec
}

func (f *flood) send(m *explore.Machine, c *modelled, p *Producer, from int) {
	n := from
	c.locally(func() uint64 {
		return digestOf(p.tail, p.head, p.at, p.reserved, p.over.oldest, p.records, p.woken, p.answered, p.poison, n)
	})
	for last := max(f.records, from+1); n < last; n++ {
		c.settle(1)
		if err := p.TrySend(f.record(n)); err != nil {
			m.Failf("send: %v", err)
		}
	}
}

func TestEveryInterleavingOfOverwritingTellsWhatIsLost(t *testing.T) {
	for _, tt := range []struct {
		name        string
		size, n     int
		ahead, kill int
	}{
		{"overwriting, two fit", 1500, 3, 2, 0},
		{"overwriting, death", 1500, 3, 2, 1},
		{"overwriting twice", 1500, 4, 2, 0},
		{"overwriting, no padding", 1008, 6, 4, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &flood{size: tt.size, looks: 2, records: tt.n, ahead: tt.ahead, mortal: tt.kill > 0, mem: make([]byte, dataOffset+minCapacity)}
			t.Cleanup(func() { checker = direct{} })
			res, err := explore.All(f.program, tt.kill)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("| %-27s | %7d runs | %7d states | longest %d steps |\n", tt.name, res.Runs, res.States, res.Longest)
		})
	}
}

func TestAnOverwriterThatDoesNotSayIsFoundOut(t *testing.T) {
	for name, b := range map[string]bugs{"never": {noGiveUp: true}, "late": {giveUpLate: true}} {
		t.Run(name, func(t *testing.T) {
			f := &flood{size: 1500, looks: 2, records: 4, ahead: 2, bugs: b, mem: make([]byte, dataOffset+minCapacity)}
			t.Cleanup(func() { checker = direct{} })
			_, err := explore.All(f.program, 0)
			var found *explore.Failure
			if !errors.As(err, &found) {
				t.Fatalf("not found: %v", err)
			}
			t.Logf("%v after %d steps", found.Problem, len(found.Trace))
		})
	}
}
