package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
)

// tapped is a ring with both seats taken and a tap on it.
func tapped(t *testing.T) (*Producer, *Consumer, *Tap) {
	t.Helper()
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: 4096}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	tap, err := OpenTap("r", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tap.Close() })
	return p, c, tap
}

func TestTapSeesRecordsAndTakesNone(t *testing.T) {
	p, c, tap := tapped(t)
	if _, _, err := tap.TryRead(nil); !errors.Is(err, ErrEmpty) {
		t.Fatalf("an empty ring: %v", err)
	}
	for i := range 200 { // often around the end
		rec := bytes.Repeat([]byte{byte(i)}, i*7%900)
		if err := p.TrySend(rec); err != nil {
			t.Fatal(err)
		}
		got, missed, err := tap.TryRead(nil)
		if err != nil || missed != 0 || !bytes.Equal(got, rec) {
			t.Fatalf("record %d: %d bytes, %d missed, %v", i, len(got), missed, err)
		}
		if got, err := c.TryReceive(nil); err != nil || !bytes.Equal(got, rec) {
			t.Fatalf("the consumer's record %d: %d bytes, %v", i, len(got), err)
		}
	}
}

func TestTapThatComesLateMissesAndSaysSo(t *testing.T) {
	p, c, tap := tapped(t)
	for i := range 1000 {
		if err := p.TrySend(fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.TryReceive(nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.TrySend([]byte("last")); err != nil {
		t.Fatal(err)
	}
	got, missed, err := tap.TryRead(nil)
	if err != nil || string(got) != "last" || missed < 1000*16 {
		t.Errorf("read %q, %d bytes missed, %v", got, missed, err)
	}
}

func TestTapNeverShowsWhatWasNotSent(t *testing.T) {
	p, c, tap := tapped(t)
	ctx := context.Background()
	done := make(chan error, 2)
	go func() {
		for i := range 20_000 {
			if err := p.Send(ctx, bytes.Repeat([]byte{byte(i)}, 1+i%300)); err != nil {
				done <- err
				return
			}
		}
		done <- p.Close()
	}()
	go func() {
		for _, err := range c.All(ctx) {
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for left := 2; left > 0; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			left--
		default:
		}
		rec, _, err := tap.TryRead(nil)
		if err != nil {
			if !errors.Is(err, ErrEmpty) {
				t.Fatal(err)
			}
			continue
		}
		if len(rec) == 0 || bytes.Count(rec, rec[:1]) != len(rec) {
			t.Fatalf("a torn record of %d bytes", len(rec))
		}
	}
}
