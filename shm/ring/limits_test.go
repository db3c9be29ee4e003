package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"time"
)

// aged is a ring whose counters stand as after so many bytes and records.
func aged(t *testing.T, version uint32, capacity, position, records uint64) []byte {
	t.Helper()
	mem := heap(t, int64(capacity))
	if err := formatAs(version, mem, capacity); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{producerPage, consumerPage} {
		p := pageAt(mem, at)
		*p.position, *p.oldest, *p.records, *p.bytes = position, position, records, position
	}
	return mem
}

// TestPositionsMayPassTheirLimits starts the counters of bytes and records shortly
// before the powers of two at which numbers change sign or begin anew, which at
// 10 GB a second takes 29 years for the first.
func TestPositionsMayPassTheirLimits(t *testing.T) {
	const capacity = 4096
	rounds := 2_000
	if os.Getenv("SHMKIT_SOAK") != "" {
		rounds = 20_000_000
	}
	for name, limit := range map[string]uint64{"2^31": 1 << 31, "2^32": 1 << 32, "2^63": 1 << 63, "2^64": 0} {
		for version, kind := range map[uint32]string{formatVersion: "", lossyVersion: " overwriting"} {
			t.Run(name+kind, func(t *testing.T) {
				start := limit - 10*capacity
				mem := aged(t, version, capacity, start, limit-100)
				p, c := sides(t, mem, Options{})
				rec := make([]byte, 300)
				for i := range rounds {
					n := 8 + i*7%len(rec[8:])
					binary.LittleEndian.PutUint64(rec, uint64(i))
					if err := p.TrySend(rec[:n]); err != nil {
						t.Fatalf("record %d: %v", i, err)
					}
					got, err := c.TryReceive(nil)
					if err != nil || !bytes.Equal(got, rec[:n]) {
						t.Fatalf("record %d: %d bytes, %v", i, len(got), err)
					}
				}
				if _, err := c.TryReceive(nil); err != ErrEmpty {
					t.Errorf("an empty ring: %v", err)
				}
				s := p.Stats()
				if want := limit - 100 + uint64(rounds); s.Records != want || s.Depth != 0 || c.Lost() != 0 {
					t.Errorf("%+v, want %d records; %d lost", s, want, c.Lost())
				}
				if version == lossyVersion {
					return
				}
				sent := 0
				err := p.TrySend(rec)
				for ; err == nil; err = p.TrySend(rec) {
					sent++
				}
				if !errors.Is(err, ErrFull) || sent == 0 || sent > capacity/300 {
					t.Errorf("full after %d records: %v", sent, err)
				}
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
				for err = nil; err == nil; sent-- {
					_, err = c.TryReceive(nil)
				}
				if err != io.EOF || sent != -1 {
					t.Errorf("%v, %d records are missing", err, sent+1)
				}
			})
		}
	}
}

// TestRingsAndRecordsOfEverySize makes rings from 4 KiB to 8 GiB and sends the
// largest record each takes, up to 1 GiB.
func TestRingsAndRecordsOfEverySize(t *testing.T) {
	largest := int64(64 << 20)
	if os.Getenv("SHMKIT_SOAK") != "" && math.MaxInt == math.MaxInt64 {
		largest = 8 << 30
	}
	o := &Options{Dir: t.TempDir()}
	for capacity := int64(minCapacity); capacity <= largest; capacity *= 2 {
		size := min(capacity/2-recordHeader, 1<<30)
		o.Capacity = capacity
		if err := Create("r", o); err != nil {
			t.Fatal(err)
		}
		p, err := OpenProducer("r", o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := OpenConsumer("r", o)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for turn := range 3 { // so that one begins in the middle
			b, err := p.Reserve(t.Context(), int(size))
			if err != nil {
				t.Fatal(err)
			}
			b[0], b[size/2], b[size-1] = byte(turn), 'm', 'e'
			if err := p.Commit(int(size)); err != nil {
				t.Fatal(err)
			}
			got, err := c.Next(t.Context())
			if err != nil || int64(len(got)) != size || got[0] != byte(turn) || got[size/2] != 'm' || got[size-1] != 'e' {
				t.Fatalf("capacity %d: %d bytes, %v", capacity, len(got), err)
			}
			c.Release()
		}
		t.Logf("capacity %d, records of %d: %v", capacity, size, time.Since(start))
		for _, err := range []error{p.Close(), c.Close(), Remove("r", o)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
