//go:build shmcheck

package ring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/explore"
)

func init() {
	looks, quick = 0, 0 // a spin is the same step again and again
}

// stream is a program to be explored: a producer sends records and closes, a
// consumer reads to the end, and whoever is killed has a successor.
type stream struct {
	size    int // of a record's bytes: it decides how many fit and where padding falls
	records int
	batch   bool
	polled  bool // the consumer waits with a Poller
	opened  bool // both sides are there when the exploration begins
	ahead   int  // records sent by then
	bugs    bugs
	mem     []byte
}

// run is what the harness of one run knows.
type run struct {
	*stream
	m       *explore.Machine
	c       *modelled
	numbers map[uint64]byte // position behind a record: the number of the next
	got     map[byte]bool
	ended   bool
}

func (s *stream) program(m *explore.Machine) (func() uint64, func() error) {
	clear(s.mem)
	if err := format(s.mem, minCapacity); err != nil {
		m.Failf("%v", err)
	}
	c := &modelled{m: m, mem: s.mem, bugs: s.bugs, stale: map[*uint64]uint64{}, local: map[string]func() uint64{}}
	checker = c
	r := &run{stream: s, m: m, c: c, numbers: map[uint64]byte{0: 0}, got: map[byte]bool{}}
	var nextProducer, nextConsumer func()
	nextProducer = func() { m.Go("next producer", true, r.produce, nextProducer) }
	nextConsumer = func() { m.Go("next consumer", true, r.consume, nextConsumer) }
	if s.opened {
		checker = direct{}
		p, c := r.producer(), r.consumer()
		for n := range s.ahead {
			r.put(p, byte(n), 1)
		}
		m.Go("producer", true, func() { r.send(p) }, nextProducer)
		m.Go("consumer", true, func() { r.receive(c) }, nextConsumer)
	} else {
		m.Go("producer", true, r.produce, nextProducer)
		m.Go("consumer", true, r.consume, nextConsumer)
	}
	checker = c
	return func() uint64 { return c.digest(r.noted()) }, r.verdict
}

// noted is what the harness knows, for the digest.
func (r *run) noted() []byte {
	b := []byte{byte(len(r.numbers)), 0}
	if r.ended {
		b[1] = 1
	}
	for n := range byte(r.records) {
		if r.got[n] {
			b = append(b, n)
		}
	}
	return b
}

func (r *run) record(n byte) []byte {
	rec := make([]byte, r.size)
	rec[0], rec[r.size-1] = n+1, n+1
	return rec
}

func (r *run) producer() *Producer {
	p, err := newProducer(r.mem, Options{}, nil)
	if err != nil {
		r.m.Failf("a producer cannot open the ring: %v", err)
		return nil
	}
	p.fences = false // as in a process the kernel has registered
	return p
}

func (r *run) produce() {
	if p := r.producer(); p != nil {
		r.send(p)
	}
}

func (r *run) send(p *Producer) {
	number, ok := r.numbers[p.tail]
	if !ok {
		r.m.Failf("a producer resumes at %d, where no record ends", p.tail)
		return
	}
	r.c.locally(func() uint64 {
		return digestOf(p.tail, p.head, p.at, p.reserved, p.woken, p.answered, p.poison, number)
	})
	for int(number) < r.records {
		r.c.settle(1)
		n := 1
		if r.batch {
			n = min(2, r.records-int(number))
		}
		if !r.put(p, number, n) {
			return
		}
		number += byte(n)
	}
	if err := p.Close(); err != nil {
		r.m.Failf("close: %v", err)
	}
}

// put sends n records as one batch.
func (r *run) put(p *Producer, number byte, n int) bool {
	var batch [][]byte
	at := p.tail
	for i := range n {
		batch = append(batch, r.record(number+byte(i)))
		at = r.after(p, at)
		r.numbers[at] = number + byte(i) + 1
	}
	if _, err := p.SendBatch(context.Background(), batch); err != nil {
		r.m.Failf("send: %v", err)
		return false
	}
	return true
}

// after is the position behind the record that is written at position at.
func (r *run) after(p *Producer, at uint64) uint64 {
	q := Producer{side: side{mask: p.mask}, tail: at}
	_, end := q.place(r.size)
	return end
}

func (r *run) consumer() *Consumer {
	c, err := newConsumer(r.mem, Options{}, nil)
	if err != nil {
		r.m.Failf("a consumer cannot open the ring: %v", err)
		return nil
	}
	c.fences = false
	return c
}

func (r *run) consume() {
	if c := r.consumer(); c != nil {
		r.receive(c)
	}
}

func (r *run) receive(c *Consumer) {
	number, ok := r.numbers[c.head]
	if !ok {
		r.m.Failf("a consumer resumes at %d, where no record ends", c.head)
		return
	}
	if c.known != 0 { // its predecessor closed, and was told to
		if !r.ended || int(number) != r.records {
			r.m.Failf("the end was told with record %d of %d, to nobody", number, r.records)
		}
		if _, err := c.TryNext(); err != ErrEmpty && err != io.EOF { // the latter of another producer
			r.m.Failf("behind the end: %v", err)
		}
		return
	}
	r.c.locally(func() uint64 { // a Poller has more; it never settles
		return digestOf(c.head, c.start, c.scan, c.tail, c.run, c.at, c.counted, c.later.all[c.later.next:c.later.found], c.woken, c.answered, c.poison, number)
	})
	for ; ; number++ {
		if !r.polled {
			r.c.settle(1)
		}
		rec, err := r.next(c)
		if err == io.EOF {
			break
		}
		if err != nil {
			r.m.Failf("next: %v", err)
			return
		}
		for range 2 { // now, and after the producer had a chance to spoil it
			if len(rec) != r.size || rec[0] != number+1 || rec[r.size-1] != number+1 {
				r.m.Failf("record %d of %d bytes begins with %d and ends with %d", number, len(rec), rec[0], rec[len(rec)-1])
				return
			}
			r.m.Load(0, func() uint64 { return 0 })
		}
		r.got[number] = true
	}
	r.ended = true
	if err := c.Close(); err != nil {
		r.m.Failf("close: %v", err)
	}
}

func (r *run) next(c *Consumer) ([]byte, error) {
	for r.polled {
		if _, err := Select(context.Background(), c); err != nil {
			return nil, err
		}
		if rec, err := c.TryNext(); err != ErrEmpty {
			return rec, err
		}
	}
	return c.Next(context.Background())
}

func (r *run) verdict() error {
	switch {
	case len(r.got) != r.records:
		return fmt.Errorf("%d records of %d arrived", len(r.got), r.records)
	case !r.ended:
		return errors.New("the consumer never saw the end")
	}
	return nil
}

func newStream(size, records int) *stream {
	return &stream{size: size, records: records, mem: make([]byte, dataOffset+minCapacity)}
}

func TestEveryInterleavingKeepsThePromises(t *testing.T) {
	for _, tt := range []struct {
		name    string
		size, n int
		batch   bool
		opened  bool
		ahead   int
		kills   int
		soak    bool
	}{
		{"the sides open in any order", 100, 1, false, false, 0, 0, false},
		{"the ring is full", 2040, 3, false, true, 2, 0, false},
		{"padding at the end", 1500, 3, false, true, 2, 0, false},
		{"a batch", 1000, 2, true, true, 0, 0, false},
		{"one record, one death", 100, 1, false, true, 0, 1, false},
		{"a batch, one death", 1000, 2, true, true, 0, 1, false},
		{"a full ring, one death", 2040, 3, false, true, 2, 1, true},
		{"padding, one death", 1500, 3, false, true, 2, 1, true},
		{"one record, two deaths", 100, 1, false, true, 0, 2, true},
		{"a side sleeps twice", 2040, 4, false, true, 0, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.soak && os.Getenv("SHMKIT_SOAK") == "" {
				t.Skip("soak: takes a minute")
			}
			s := newStream(tt.size, tt.n)
			s.batch, s.opened, s.ahead = tt.batch, tt.opened, tt.ahead
			t.Cleanup(func() { checker = direct{} })
			res, err := explore.All(s.program, tt.kills)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("| %-27s | %7d runs | %7d states | longest %d steps |\n", tt.name, res.Runs, res.States, res.Longest)
		})
	}
}

func TestSeededBugsAreFound(t *testing.T) {
	for _, tt := range []struct {
		name string
		bugs bugs
		size int
		n    int
		want error
	}{
		{"publication before the bytes", bugs{publishFirst: true}, 100, 3, nil},
		{"no second look before sleeping", bugs{noRecheck: true}, 2040, 3, explore.ErrStuck},
		{"no fence by the sleeper", bugs{noFence: true}, 2040, 3, explore.ErrStuck},
		{"a sleeper is woken once and for all", bugs{noUnpark: true}, 2040, 4, explore.ErrStuck},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStream(tt.size, tt.n)
			s.bugs, s.opened = tt.bugs, true
			t.Cleanup(func() { checker = direct{} })
			_, err := explore.All(s.program, 0)
			var f *explore.Failure
			if !errors.As(err, &f) || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("not found: %v", err)
			}
			t.Logf("%v after %d steps", f.Problem, len(f.Trace))
		})
	}
}
