//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

package ring

import (
	"bytes"
	"errors"
	"math"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

// copying makes post copy in one of its ways.
func copying(t *testing.T, widely bool, strings uint64) {
	before, from := wide, stringsFrom
	t.Cleanup(func() { wide, stringsFrom = before, from })
	wide, stringsFrom = widely && cpu.Wide, strings
}

var waysOfPost = map[string]struct {
	wide    bool
	strings uint64
}{
	"wide":    {true, math.MaxInt64},
	"narrow":  {false, math.MaxInt64},
	"strings": {true, carried},
}

// Every length post takes, wherever the record lies in the ring and in the sender's
// memory: the record is what was sent, and the bytes around it are as they were.
func TestPostCopiesEveryByteAndNoOther(t *testing.T) {
	for name, way := range waysOfPost {
		t.Run(name, func(t *testing.T) {
			copying(t, way.wide, way.strings)
			src := make([]byte, longestPost+128)
			for i := range src {
				src[i] = byte(i*7 + i>>8 + 1)
			}
			mem := heap(t, 64<<10)
			p, c := sides(t, mem, Options{})
			lengths := []int{1023, 1024, 1025, 2047, 4000, 4096, 8192, longestPost - 1, longestPost, longestPost + 9}
			for n := range 700 {
				lengths = append(lengths, n)
			}
			for _, n := range lengths {
				for _, from := range []int{0, 1, 8, 63} {
					off := p.tail & p.mask
					behind := (recordHeader + align8(uint64(n)) + off) & p.mask
					kept := bytes.Clone(p.data[behind:min(behind+200, p.mask+1)])
					if err := p.TrySend(src[from : from+n]); err != nil {
						t.Fatal(err)
					}
					got, err := c.TryReceive(nil)
					if err != nil || !bytes.Equal(got, src[from:from+n]) {
						t.Fatalf("%d bytes from %d at %d: %d bytes, %v", n, from, off, len(got), err)
					}
					if off+uint64(n)+300 < p.mask && !bytes.Equal(kept, p.data[behind:][:len(kept)]) {
						t.Fatalf("%d bytes from %d at %d: written behind the record", n, from, off)
					}
				}
			}
		})
	}
}

// A fault in the middle of any way of copying leaves the record unsent.
func TestPostThatFaultsSendsNothing(t *testing.T) {
	page := os.Getpagesize()
	for name, way := range waysOfPost {
		t.Run(name, func(t *testing.T) {
			copying(t, way.wide, way.strings)
			half, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = unix.Munmap(half) }()
			if err := unix.Mprotect(half[2*page:], unix.PROT_NONE); err != nil {
				t.Fatal(err)
			}
			p, c := pair(t, 64<<10, Options{})
			for _, n := range []int{300, 600, 1500, 4000, 8000} {
				at := 2*page - n/2
				if err := p.Send(t.Context(), half[at:at+n]); !errors.Is(err, sigbus.ErrFault) {
					t.Fatalf("%d bytes: %v", n, err)
				}
				if err := p.Send(t.Context(), half[at:2*page]); err != nil {
					t.Fatal(err)
				}
				if rec, err := c.TryNext(); err != nil || len(rec) != n/2 {
					t.Fatalf("%d bytes: then %d, %v", n, len(rec), err)
				}
			}
		})
	}
}

// Long records go by post, past the carrier only between two that it times.
func TestTheCarrierTimesWhatPostSends(t *testing.T) {
	p, c := pair(t, 1<<20, Options{})
	for range 100 {
		if err := p.TrySend(make([]byte, 4<<10)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.TryNext(); err != nil {
			t.Fatal(err)
		}
		if p.carrier.left > between && !p.carrier.past {
			t.Fatalf("%+v", p.carrier)
		}
	}
	timed := p.carrier
	p.carrier = carrier{left: 4<<10 + 1}
	if err := p.TrySend(make([]byte, 4<<10)); err != nil || p.carrier.left != 1 {
		t.Fatalf("%v, %+v", err, p.carrier)
	}
	if err := p.TrySend(make([]byte, 4<<10)); err != nil || p.carrier.left == 1 || p.carrier.left <= 0 && p.carrier.poor == 0 {
		t.Fatalf("not timed: %v, %+v before %+v", err, p.carrier, timed)
	}
	p.carrier = pastCaches
	if err := p.TrySend(make([]byte, 4<<10)); err != nil || p.carrier.left != pastCaches.left-4<<10 {
		t.Fatalf("%v, %+v", err, p.carrier)
	}
}

// What was reserved and aborted lies where the next record goes.
func TestBytesOfTheRingAreSentWherever(t *testing.T) {
	for name, way := range waysOfPost {
		t.Run(name, func(t *testing.T) {
			copying(t, way.wide, way.strings)
			p, c := pair(t, 64<<10, Options{})
			for _, from := range []int{0, 1, 3, 8, 40, 63, 64, 100, 1000} {
				for _, n := range []int{8, 16, 100, 255, 256, 300, 1000, 1500, 4000} {
					for range 3 { // the carrier is not to time it
						if err := p.TrySend(make([]byte, 8)); err != nil {
							t.Fatal(err)
						}
						if _, err := c.TryReceive(nil); err != nil {
							t.Fatal(err)
						}
					}
					p.carrier = carrier{left: between}
					slot, err := p.Reserve(t.Context(), 8000)
					if err != nil {
						t.Fatal(err)
					}
					for i := range slot {
						slot[i] = byte(i*7 + i>>8 + 1)
					}
					want := bytes.Clone(slot[from : from+n])
					p.Abort()
					if err := p.Send(t.Context(), slot[from:from+n]); err != nil {
						t.Fatal(err)
					}
					if got, err := c.TryReceive(nil); err != nil || !bytes.Equal(got, want) {
						t.Fatalf("%d bytes from %d differ, %v", n, from, err)
					}
				}
			}
		})
	}
}

func TestNoWayOfSendingTakesMoreThanTheLongestRecord(t *testing.T) {
	for _, capacity := range []int64{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		p, c := pair(t, capacity, Options{})
		for i := range 300 {
			for _, n := range []int{1500, i} {
				if err := p.TrySend(make([]byte, n)); err != nil {
					t.Fatal(err)
				}
				if _, err := c.TryReceive(nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.TrySend(make([]byte, p.maxRecord()+1)); !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%d bytes, a record too long: %v", capacity, err)
			}
		}
	}
}
