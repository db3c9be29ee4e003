package stream

import (
	"context"
	"encoding/binary"

	"github.com/absfs/shmkit/shm/ring"
)

const batchRecords = 64

func (s Spec) ringOptions() *ring.Options {
	return &ring.Options{Create: true, Capacity: s.Capacity, Wait: ring.WaitStrategy(s.Wait)}
}

func stamp(rec []byte, number uint64) { binary.LittleEndian.PutUint64(rec, number) }

// take copies a record out; a small copy is cheaper written out than called, as
// in the C limit.
func take(into, rec []byte) {
	if len(rec) == 8 && len(into) == 8 {
		binary.NativeEndian.PutUint64(into, binary.NativeEndian.Uint64(rec))
		return
	}
	copy(into, rec)
}

// The loops below are written out for each way of sending: a call through an
// interface would be a good part of what an 8-byte record costs.

func (s Spec) produceRing() error {
	p, err := ring.OpenProducer(s.Path, s.ringOptions())
	if err != nil {
		return err
	}
	ctx, rec, number := context.Background(), make([]byte, s.Size), uint64(0)
	switch s.System {
	case RingReserve:
		return s.pump(func(n int) error {
			for range n {
				stamp(rec, number)
				number++
				buf, err := p.Reserve(ctx, len(rec))
				if err != nil {
					return err
				}
				copy(buf, rec)
				if err := p.Commit(len(rec)); err != nil {
					return err
				}
			}
			return nil
		})
	case RingBatch:
		recs := make([][]byte, batchRecords)
		for i := range recs {
			recs[i] = make([]byte, s.Size)
		}
		return s.pump(func(n int) error {
			for done := 0; done < n; done += batchRecords {
				for _, rec := range recs {
					stamp(rec, number)
					number++
				}
				if _, err := p.SendBatch(ctx, recs); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return s.pump(func(n int) error {
		at := number // in a register, as in the C limit
		for end := at + uint64(n); at < end; at++ {
			stamp(rec, at)
			if err := p.Send(ctx, rec); err != nil {
				return err
			}
		}
		number = at
		return nil
	})
}

func (s Spec) consumeRing() error {
	c, err := ring.OpenConsumer(s.Path, s.ringOptions())
	if err != nil {
		return err
	}
	ctx, into, number := context.Background(), make([]byte, s.Size), uint64(0)
	if s.System == RingBatch {
		recs := make([][]byte, batchRecords)
		return s.drain(func(n int) error {
			for done := 0; done < n; {
				got, err := c.NextBatch(ctx, recs[:min(n-done, len(recs))])
				if err != nil {
					return err
				}
				for _, rec := range recs[:got] {
					take(into, rec)
					if got := binary.LittleEndian.Uint64(into); got != number || len(rec) != len(into) {
						return wrong(got, number)
					}
					number++
				}
				done += got
			}
			return nil
		})
	}
	return s.drain(func(n int) error {
		at := number
		for end := at + uint64(n); at < end; at++ {
			rec, err := c.Next(ctx)
			if err != nil {
				return err
			}
			take(into, rec)
			if got := binary.LittleEndian.Uint64(into); got != at || len(rec) != len(into) {
				return wrong(got, at)
			}
		}
		number = at
		return nil
	})
}
