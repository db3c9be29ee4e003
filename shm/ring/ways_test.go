package ring

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// Records of any length go by several ways into a ring and out of it. Whatever
// their order, what comes out is what went in, and the counters are exact.
func TestEveryWayInAndOutIsTheSameStream(t *testing.T) {
	p, c := pair(t, 4<<10, Options{})
	rnd := rand.New(rand.NewPCG(1, 2))
	var want [][]byte
	sent, total := uint64(0), uint64(0)
	length := 8
	record := func() []byte {
		if rnd.IntN(4) == 0 { // streaks of one length, and others
			length = rnd.IntN(700)
		}
		rec := make([]byte, length)
		for i := range rec {
			rec[i] = byte(rnd.Uint32())
		}
		return rec
	}
	went := func(rec []byte) {
		want = append(want, rec)
		sent, total = sent+1, total+uint64(len(rec))
	}
	send := func() error {
		rec := record()
		switch rnd.IntN(4) {
		case 0:
			batch := [][]byte{rec, record(), record()}
			for _, rec := range batch { // a batch would wait for space
				if err := p.TrySend(rec); err != nil {
					return err
				}
				went(rec)
			}
			return nil
		case 1:
			buf, err := p.TryReserve(len(rec) + 8)
			if err != nil {
				return err
			}
			if err := p.TrySend(nil); err != ErrReserved {
				t.Fatalf("Send beside a reservation: %v", err)
			}
			copy(buf, rec)
			if err := p.Commit(len(rec)); err != nil {
				return err
			}
		default:
			if err := p.TrySend(rec); err != nil {
				return err
			}
		}
		went(rec)
		return nil
	}
	take := func() error {
		var recs [][]byte
		switch n := rnd.IntN(3); {
		case n == 0 && len(want) > 0:
			into := make([][]byte, 1+rnd.IntN(9))
			n, err := c.NextBatch(t.Context(), into)
			if err != nil {
				return err
			}
			recs = into[:n]
		case n == 1:
			rec, err := c.TryReceive(nil)
			if err != nil {
				return err
			}
			recs = [][]byte{rec}
		default:
			rec, err := c.TryNext()
			if err != nil {
				return err
			}
			recs = [][]byte{rec}
		}
		for _, rec := range recs {
			if len(want) == 0 || !bytes.Equal(rec, want[0]) {
				t.Fatalf("record %d is wrong", sent-uint64(len(want)))
			}
			want = want[1:]
		}
		return nil
	}
	for range 50_000 {
		do, end := send, ErrFull
		if rnd.IntN(2) == 0 {
			do, end = take, ErrEmpty
		}
		for range rnd.IntN(40) {
			if err := do(); err == end {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if s := p.Stats(); s.Records != sent || s.Bytes != total {
			t.Fatalf("the producer counts %d records of %d bytes, %d of %d were sent", s.Records, s.Bytes, sent, total)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(nil); !errors.Is(err, ErrClosed) {
		t.Fatalf("an empty record after Close: %v", err)
	}
	for take() == nil {
	}
	if _, err := c.TryNext(); err != io.EOF || len(want) > 0 {
		t.Fatalf("%v, %d records are missing", err, len(want))
	}
	c.Release()
	if s := c.Stats(); s.Records != sent || s.Bytes != total {
		t.Fatalf("the consumer counts %d records of %d bytes, %d of %d were sent", s.Records, s.Bytes, sent, total)
	}
}
