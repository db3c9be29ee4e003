package ring

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/absfs/shmkit/shm/region"
)

type tick struct {
	Symbol [8]byte
	Bid    float64
	Seq    uint64
}

type tock struct {
	Bid float64
	Seq uint64
}

func typedPair(t *testing.T) (*TypedProducer[tick], *TypedConsumer[tick], *Options) {
	t.Helper()
	o := &Options{Create: true, Dir: t.TempDir(), Capacity: minCapacity}
	p, err := OpenTypedProducer[tick]("ticks", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	c, err := OpenTypedConsumer[tick]("ticks", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return p, c, o
}

func TestTypedValuesArriveByEveryWay(t *testing.T) {
	p, c, _ := typedPair(t)
	ctx := context.Background()
	value := func(i uint64) tick { return tick{[8]byte{'E', 'U', 'R'}, float64(i) / 4, i} }
	go func() {
		defer p.Close()
		for i := uint64(0); i < 1000; i += 5 {
			a, b := value(i), value(i+1)
			if p.Send(ctx, &a) != nil || p.Send(ctx, &b) != nil {
				return
			}
			slot, err := p.Reserve(ctx)
			if err != nil {
				return
			}
			*slot = value(i + 2)
			if p.Commit() != nil {
				return
			}
			if n, err := p.SendBatch(ctx, []tick{value(i + 3), value(i + 4)}); n != 2 || err != nil {
				return
			}
		}
	}()
	for i := range uint64(10) {
		if v, err := c.Receive(ctx); v != value(i) || err != nil {
			t.Fatalf("%d: %+v, %v", i, v, err)
		}
	}
	next := uint64(10)
	for v, err := range c.All(ctx) {
		if err != nil || *v != value(next) {
			t.Fatalf("%d: %+v, %v", next, v, err)
		}
		next++
	}
	if next != 1000 {
		t.Errorf("%d values arrived", next)
	}
	if _, err := c.Receive(ctx); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestTypedRefusesAnotherType(t *testing.T) {
	p, c, o := typedPair(t)
	if err := errors.Join(p.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTypedConsumer[tock]("ticks", o); !errors.Is(err, region.ErrSchema) {
		t.Errorf("another type: %v", err)
	}
	if _, err := OpenTypedProducer[*tick]("pointers", o); !errors.Is(err, region.ErrType) {
		t.Errorf("a pointer: %v", err)
	}
	if _, err := OpenTypedProducer[[minCapacity]byte]("large", o); !errors.Is(err, ErrTooLarge) {
		t.Errorf("larger than a record: %v", err)
	}
}

func TestTypedPassesOverARecordOfAnotherLength(t *testing.T) {
	p, c, _ := typedPair(t)
	ctx := context.Background()
	if err := p.p.Send(ctx, []byte("short")); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(&tick{Seq: 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(ctx); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a short record: %v", err)
	}
	if v, err := c.Receive(ctx); v.Seq != 7 || err != nil {
		t.Errorf("the one after: %+v, %v", v, err)
	}
}

func TestTypedSendDoesNotAllocate(t *testing.T) {
	p, c, _ := typedPair(t)
	ctx := context.Background()
	v := tick{Seq: 1}
	if n := testing.AllocsPerRun(100, func() {
		if err := p.Send(ctx, &v); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Receive(ctx); got != v || err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a value", n)
	}
}

func TestATypeTooLargeForTheRingMakesNone(t *testing.T) {
	type big [minCapacity]byte
	o := &Options{Create: true, Dir: t.TempDir(), Capacity: minCapacity}
	_, perr := OpenTypedProducer[big]("big", o)
	_, cerr := OpenTypedConsumer[big]("big", o)
	if !errors.Is(perr, ErrTooLarge) || !errors.Is(cerr, ErrTooLarge) {
		t.Errorf("producer: %v, consumer: %v, want ErrTooLarge", perr, cerr)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := Create("big", &Options{Dir: o.Dir, Capacity: 4 * minCapacity}); err != nil {
		t.Fatal(err)
	}
	p, err := OpenTypedProducer[big]("big", o) // o.Capacity is for new rings
	if !errors.Is(err, region.ErrSchema) {
		t.Errorf("a ring without a schema: %v, %v", p, err)
	}
}
