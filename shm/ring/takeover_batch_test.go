package ring

import (
	"context"
	"testing"
)

// heir is a challenger that gets the seat.
type heir struct{ has bool }

func (h *heir) challenged() (bool, error) { return true, nil }
func (h *heir) resign() error             { h.has = true; return nil }

// Between two publications of a batch the seat may be asked for: what comes behind
// it is the successor's to write.
func TestABatchEndsWhereTheSeatIsGiven(t *testing.T) {
	for name, lossy := range map[string]bool{"queue": false, "overwriting": true} {
		t.Run(name, func(t *testing.T) {
			mem := heap(t, 1<<16)
			if lossy {
				if err := formatAs(lossyVersion, mem, 1<<16); err != nil {
					t.Fatal(err)
				}
			}
			p, err := newProducer(mem, Options{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			next := &heir{}
			p.heirs = next
			fenced32(p.request, load32(p.request)+1)
			recs := make([][]byte, 40)
			for i := range recs {
				recs[i] = make([]byte, 1000)
			}
			n, err := p.SendBatch(t.Context(), recs)
			if !next.has || err != ErrTakenOver {
				t.Fatalf("%d sent, %v, given up: %v", n, err, next.has)
			}
			successor, err := newProducer(mem, Options{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s := successor.Stats(); n == len(recs) || s.Records != uint64(n) {
				t.Fatalf("%d sent, %d in the ring", n, s.Records)
			}
		})
	}
}

// Who finds the ring full and does not wait gives the seat up all the same: it may
// publish nothing for as long as it has it.
func TestAFullRingIsGivenUpByWhoDoesNotWait(t *testing.T) {
	for name, try := range map[string]func(ctx context.Context, p *Producer) error{
		"TrySend": func(_ context.Context, p *Producer) error { return p.TrySend(nil) },
		"Send":    func(ctx context.Context, p *Producer) error { return p.Send(ctx, nil) },
		"SendBatch": func(ctx context.Context, p *Producer) error {
			_, err := p.SendBatch(ctx, make([][]byte, 3))
			return err
		},
		"Reserve":    func(ctx context.Context, p *Producer) error { _, err := p.Reserve(ctx, 0); return err },
		"TryReserve": func(_ context.Context, p *Producer) error { _, err := p.TryReserve(0); return err },
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newProducer(heap(t, 4096), Options{Full: FullFail}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				err = p.TrySend(nil)
			}
			if err := try(t.Context(), p); err != ErrFull {
				t.Fatal(err)
			}
			p.heirs = &heir{}
			fenced32(p.request, load32(p.request)+1)
			if err := try(t.Context(), p); err != ErrTakenOver {
				t.Fatal(err)
			}
		})
	}
}
