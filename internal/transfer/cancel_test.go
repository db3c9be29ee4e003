package transfer

import (
	"context"
	"errors"
	"testing"
)

// A belt has room and records every time, as a ring has whose other side keeps up: it
// never waits, so it never sees that the context has ended.
func TestATransferThatNeverWaitsEndsWithItsContext(t *testing.T) {
	ended := func(r *rig, after int) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		count := func() error {
			if calls++; calls == after {
				cancel()
			}
			return nil
		}
		r.belt.beforeCommit, r.belt.beforeRelease = count, count
		if after == 0 {
			cancel()
		}
		return ctx
	}
	r := newRig(t)
	if _, err := r.send(); err != nil {
		t.Fatal(err)
	}
	whole := len(r.belt.records)
	for after := range whole {
		r.reset()
		s := Sender{Out: r.belt, FS: r.fs, Sources: r.sources, Chunk: 100, Journal: r.j}
		if _, err := s.Send(ended(r, after)); !errors.Is(err, context.Canceled) || len(r.belt.records) != after {
			t.Errorf("ended at record %d: sent %d: %v", after, len(r.belt.records), err)
		}
		r.heal()
		if _, err := r.send(); err != nil {
			t.Fatal(err)
		}
		rec := Receiver{In: r.belt, Journal: r.j}
		if _, err := rec.Receive(ended(r, after)); !errors.Is(err, context.Canceled) || r.belt.next != after {
			t.Errorf("ended at record %d: received %d: %v", after, r.belt.next, err)
		}
	}
}
