package ring

import (
	"context"
	"fmt"
	"testing"
)

// Batches of every length and records of many come out of NextBatch in order,
// whatever is mixed with it, and their space comes back.
func TestBatchesArriveInOrderAndWhole(t *testing.T) {
	for _, untrusted := range []bool{false, true} {
		t.Run(fmt.Sprintf("untrusted=%t", untrusted), func(t *testing.T) {
			ctx := context.Background()
			p, c := pair(t, minCapacity, Options{Untrusted: untrusted})
			const total = 20000
			go func() {
				defer p.Close()
				for n := 0; n < total; {
					var batch [][]byte
					for range min(n%70+1, total-n) {
						batch = append(batch, fmt.Appendf(nil, "%0*d", n%90+1, n))
						n++
					}
					if sent, err := p.SendBatch(ctx, batch); sent != len(batch) || err != nil {
						t.Errorf("sent %d of %d: %v", sent, len(batch), err)
						return
					}
				}
			}()
			into := make([][]byte, 48)
			for n := 0; n < total; {
				if n%11 == 0 {
					rec, err := c.Receive(ctx, nil)
					if want := fmt.Sprintf("%0*d", n%90+1, n); err != nil || string(rec) != want {
						t.Fatalf("record %d is %q, %v, want %q", n, rec, err, want)
					}
					n++
					continue
				}
				got, err := c.NextBatch(ctx, into[:n%len(into)+1])
				if got == 0 || err != nil {
					t.Fatalf("batch at %d: %d, %v", n, got, err)
				}
				for _, rec := range into[:got] {
					if want := fmt.Sprintf("%0*d", n%90+1, n); string(rec) != want {
						t.Fatalf("record %d is %q, want %q", n, rec, want)
					}
					n++
				}
			}
			if n, err := c.NextBatch(ctx, nil); n != 0 || err != nil {
				t.Fatalf("empty batch: %d, %v", n, err)
			}
			c.Release()
			if s := c.Stats(); s.Records != total || s.Depth != 0 {
				t.Fatalf("%d records counted, depth %d; want %d and 0", s.Records, s.Depth, total)
			}
		})
	}
}

// Padding may be longer than what is found at once.
func TestABatchBehindLongPadding(t *testing.T) {
	p, c := pair(t, 4<<10, Options{})
	recs := make([][]byte, 8)
	for i := range 20 {
		if err := p.TrySend(make([]byte, 1500)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.NextBatch(t.Context(), recs); n != 1 || err != nil {
			t.Fatal(i, n, err)
		}
	}
}
