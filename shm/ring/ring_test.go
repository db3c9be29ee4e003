package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// heap makes a ring in ordinary memory, where -race sees the atomics.
func heap(t testing.TB, capacity int64) []byte {
	mem := make([]byte, dataOffset+capacity)
	if err := format(mem, uint64(capacity)); err != nil {
		t.Fatal(err)
	}
	return mem
}

func pair(t testing.TB, capacity int64, o Options) (*Producer, *Consumer) {
	return sides(t, heap(t, capacity), o)
}

// sides opens both ends of the ring in mem.
func sides(t testing.TB, mem []byte, o Options) (*Producer, *Consumer) {
	t.Helper()
	p, err := newProducer(mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newConsumer(mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func record(i int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	b := make([]byte, r.IntN(300))
	for j := range b {
		b[j] = byte(r.Uint32())
	}
	return b
}

func TestRecordsArriveInOrderAndWhole(t *testing.T) {
	for _, w := range []WaitStrategy{WaitBlock, WaitYield} {
		t.Run(fmt.Sprint(w), func(t *testing.T) {
			p, c := pair(t, 4096, Options{Wait: w})
			const n = 20000
			sent := make(chan error, 1)
			go func() {
				for i := range n {
					if err := p.Send(context.Background(), record(i)); err != nil {
						sent <- err
						return
					}
				}
				sent <- p.Close()
			}()
			i := 0
			for rec, err := range c.All(context.Background()) {
				if err != nil || !bytes.Equal(rec, record(i)) {
					t.Fatalf("record %d: %v", i, err)
				}
				i++
			}
			if i != n {
				t.Fatalf("%d records of %d", i, n)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFullEmptyAndLimits(t *testing.T) {
	p, c := pair(t, 4096, Options{})
	if _, err := c.TryReceive(nil); err != ErrEmpty {
		t.Fatal(err)
	}
	if err := p.TrySend(make([]byte, 4096/2-7)); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	n := 0
	for ; p.TrySend(make([]byte, 100)) == nil; n++ {
	}
	if n != 4096/112 {
		t.Fatalf("%d records fit", n)
	}
	if _, err := c.TryReceive(nil); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := p.Send(ctx, make([]byte, 100)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestNamedRing(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Capacity: 1 << 16, Create: true}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenProducer("r", o); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Send(context.Background(), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := Inspect("r", o)
	if err != nil || !info.Producer.Closed || !info.Consumer.Seated || info.Producer.Stats.Records != 1 || info.Depth != 16 {
		t.Fatalf("%+v %v", info, err)
	}
	rec, err := c.Next(context.Background())
	if err != nil || string(rec) != "hello" {
		t.Fatal(rec, err)
	}
	if _, err := c.Next(context.Background()); err != io.EOF {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Remove("r", o); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkTrySend(b *testing.B) {
	p, c := pair(b, 1<<16, Options{})
	rec, buf := make([]byte, 64), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		_ = p.TrySend(rec)
		_, _ = c.TryReceive(buf)
	}
}
