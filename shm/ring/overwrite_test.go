package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"
)

// flooded is a ring whose producer overwrites.
func flooded(t *testing.T, capacity int64) (*Producer, *Consumer) {
	t.Helper()
	mem := make([]byte, dataOffset+capacity)
	if err := formatAs(lossyVersion, mem, uint64(capacity)); err != nil {
		t.Fatal(err)
	}
	return sides(t, mem, Options{})
}

// sequenced is a record that says its number in every word.
func sequenced(n, size int) []byte {
	rec := make([]byte, size)
	for i := 0; i+8 <= size; i += 8 {
		binary.LittleEndian.PutUint64(rec[i:], uint64(n))
	}
	return rec
}

func sequenceOf(rec []byte) (int, error) {
	n := binary.LittleEndian.Uint64(rec)
	for i := 8; i+8 <= len(rec); i += 8 {
		if got := binary.LittleEndian.Uint64(rec[i:]); got != n {
			return 0, fmt.Errorf("record %d is torn: word %d says %d", n, i/8, got)
		}
	}
	return int(n), nil
}

func TestTheOldestAreOverwrittenAndCounted(t *testing.T) {
	for _, way := range []string{"Send", "Reserve", "SendBatch"} {
		t.Run(way, func(t *testing.T) {
			p, c := flooded(t, 4096)
			const sent = 1000
			for n := range sent {
				rec := sequenced(n, 8+8*(n%60))
				var err error
				switch way {
				case "Send":
					err = p.Send(t.Context(), rec)
				case "Reserve":
					var buf []byte
					if buf, err = p.Reserve(t.Context(), len(rec)+100); err == nil {
						copy(buf, rec)
						err = p.Commit(len(rec))
					}
				case "SendBatch":
					_, err = p.SendBatch(t.Context(), [][]byte{rec})
				}
				if err != nil {
					t.Fatalf("record %d: %v", n, err)
				}
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			got := 0
			for {
				rec, err := c.Next(t.Context())
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				n, err := sequenceOf(rec)
				if err != nil || n != got+int(c.Lost()) || len(rec) != 8+8*(n%60) {
					t.Fatalf("record %d of %d bytes after %d read and %d lost, %v", n, len(rec), got, c.Lost(), err)
				}
				got++
			}
			if got == 0 || got+int(c.Lost()) != sent || c.Stats().Lost != c.Lost() {
				t.Fatalf("%d read, %d lost of %d; stats %+v", got, c.Lost(), sent, c.Stats())
			}
		})
	}
}

func TestAFloodTearsNothing(t *testing.T) {
	p, c := flooded(t, 4096)
	const sent = 50_000
	done := make(chan error, 1)
	go func() {
		for n := range sent {
			if err := p.TrySend(sequenced(n, 8+8*(n%100))); err != nil {
				done <- err
				return
			}
		}
		done <- p.Close()
	}()
	got, last := 0, -1
	for {
		rec, err := c.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := sequenceOf(rec)
		if err != nil || n <= last || n != got+int(c.Lost()) {
			t.Fatalf("record %d after %d, %d read, %d lost, %v", n, last, got, c.Lost(), err)
		}
		got, last = got+1, n
		if got%100 == 0 {
			time.Sleep(10 * time.Microsecond)
		}
	}
	if err := <-done; err != nil || got+int(c.Lost()) != sent {
		t.Fatalf("%d read, %d lost of %d, %v", got, c.Lost(), sent, err)
	}
}

func TestASuccessorGoesOnInAFloodedRing(t *testing.T) {
	o := &Options{Create: true, Dir: t.TempDir(), Capacity: 4096, Full: FullOverwrite}
	p, err := OpenProducer("flood", o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenConsumer("flood", &Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		if err := p.TrySend(sequenced(n, 256)); err != nil {
			t.Fatal(err)
		}
	}
	first, err := c.TryNext()
	if err != nil {
		t.Fatal(err)
	}
	n, err := sequenceOf(first)
	if err != nil || n != int(c.Lost()) {
		t.Fatalf("record %d, %d lost, %v", n, c.Lost(), err)
	}
	c.Release()
	if err := errors.Join(c.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if p, err = OpenProducer("flood", o); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for n := 100; n < 110; n++ {
		if err := p.TrySend(sequenced(n, 256)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = OpenConsumer("flood", o); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for read := 1; ; read++ {
		rec, err := c.TryNext()
		if err == ErrEmpty {
			if total := read + int(c.Lost()); total != 110 {
				t.Fatalf("%d read or lost of 110", total)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, err := sequenceOf(rec); err != nil || n != read+int(c.Lost()) {
			t.Fatalf("record %d after %d read and %d lost, %v", n, read, c.Lost(), err)
		}
	}
	info, err := Inspect("flood", o)
	if err != nil || !info.Overwrites || info.Consumer.Stats.Lost == 0 {
		t.Fatalf("%+v, %v", info, err)
	}
}

func TestARingKeepsThePolicyItWasMadeWith(t *testing.T) {
	o := &Options{Create: true, Dir: t.TempDir(), Capacity: 4096}
	p, err := OpenProducer("calm", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	o.Full = FullOverwrite
	if _, err := OpenConsumer("calm", o); !errors.Is(err, fs.ErrInvalid) {
		t.Fatalf("%v", err)
	}
}

func TestTheLongestRecordFitsAFloodedRing(t *testing.T) {
	p, c := flooded(t, 4096)
	for n := range 20 {
		if err := p.TrySend(sequenced(n, p.maxRecord())); err != nil {
			t.Fatal(err)
		}
		if err := p.TrySend(nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.TrySend(make([]byte, p.maxRecord()+1)); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	for read := 0; ; read++ {
		if _, err := c.TryNext(); err == ErrEmpty {
			if read+int(c.Lost()) != 40 {
				t.Fatalf("%d read, %d lost", read, c.Lost())
			}
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
