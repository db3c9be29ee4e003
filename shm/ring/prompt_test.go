package ring

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/sigbus"
)

// dialogue is a ring whose consumer met one record at its last look, read and not
// given back yet.
func dialogue(t *testing.T) (*Producer, *Consumer) {
	t.Helper()
	p, c := pair(t, minCapacity, Options{})
	for range 2 {
		if err := p.Send(t.Context(), make([]byte, 600)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return p, c
}

func needGlance(t *testing.T) {
	if !cpu.Register() {
		t.Skip("kernel: prompt is for sides that leave fences to sleepers")
	}
	if !canGlance || quick == 0 {
		t.Skip("platform: prompt is for Linux on amd64 with two processors, without the race detector")
	}
}

// Whatever the producer wrote, prompt and advance come to the same: record, error,
// and every word of the ring that is no time and no count of waits.
func TestAPromptConsumerFindsWhatAnyOtherFinds(t *testing.T) {
	needGlance(t)
	r := rand.New(rand.NewPCG(3, 4))
	never, cancel := context.WithCancel(t.Context())
	cancel()
	prompted := 0
	for turn := range 3000 {
		var recs [2][]byte
		var errs [2]error
		var mems [2][]byte
		at, n, junk := r.Uint64N(40)*8, r.Uint64N(70), r.Uint64()
		kind, more := uint64(kindData), uint64(0)
		switch r.IntN(8) {
		case 0:
			kind = kindPad
		case 1:
			kind = junk & 0xffffffff
		case 2:
			n = junk % (1 << r.IntN(33))
		case 3:
			more = 8 * r.Uint64N(3)
		case 4:
			more = junk
		}
		for i := range recs {
			mem := heap(t, minCapacity)
			p, c := sides(t, mem, Options{})
			for _, size := range []uint64{minCapacity / 4, at, minCapacity/2 + 8*(junk%256)} { // to anywhere, the end included
				if err := p.Send(t.Context(), make([]byte, min(size, minCapacity/2-8))); err != nil {
					t.Fatal(err)
				}
				if _, err := c.Next(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if i == 1 {
				c.posts = 0
			}
			off := c.scan & c.mask
			*recordWord(c.data, off) = kind<<32 | n&0xffffffff
			publish64(c.other.position, c.scan+recordHeader+align8(n&0xffffffff)+more)
			lot := c.lot
			rec, found, _ := c.prompt()
			if found && i == 1 {
				t.Fatal("prompt did not refuse")
			}
			if found {
				prompted++
				recs[i] = rec
			} else {
				c.lot = lot
				recs[i], errs[i] = c.Next(never)
			}
			if again := c.read(); errs[i] == nil && again != c.start+recordHeader+align8(uint64(len(recs[i]))) && kind != kindPad {
				t.Fatalf("turn %d: read to %d from %d, %d bytes", turn, again, c.start, len(recs[i]))
			}
			c.Release()
			mems[i] = mem[:dataOffset]
			clear(mem[consumerPage+offWaits:][:consumerPage/2-offWaits]) // counts of waits, and times
			clear(mem[producerPage+offWaits:][:producerPage/2-offWaits])
			clear(mem[:headerBytes]) // an identity of its own
		}
		if !bytes.Equal(recs[0], recs[1]) || (errs[0] == nil) != (errs[1] == nil) ||
			errs[0] != nil && errs[0].Error() != errs[1].Error() || !slices.Equal(mems[0], mems[1]) {
			t.Fatalf("turn %d: kind %x, %d bytes, %d more: %d bytes, %v and %d bytes, %v", turn, kind, n, more, len(recs[0]), errs[0], len(recs[1]), errs[1])
		}
	}
	if prompted < 500 {
		t.Fatalf("prompt found only %d records", prompted)
	}
}

// A producer that fell asleep before the space was given back is woken by the
// consumer that looks for its answer.
func TestAPromptConsumerWakesItsProducer(t *testing.T) {
	needGlance(t)
	p, c := dialogue(t)
	fenced32(p.mine.park, load32(p.mine.park)|1)
	before := load64(c.mine.wakeUps)
	if _, found, patience := c.prompt(); found || patience != quick {
		t.Fatal(found, patience)
	}
	if n := load64(c.mine.wakeUps) - before; n != 1 || load64(c.mine.position) != p.tail {
		t.Fatalf("%d wake-ups, head %d of %d", n, load64(c.mine.position), p.tail)
	}
}

// A record that makes the ring deeper than it ever was is one that the high-water
// mark tells of.
func TestAPromptConsumerTellsTheGreatestDepth(t *testing.T) {
	needGlance(t)
	p, c := dialogue(t)
	if err := p.Send(t.Context(), make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := load64(c.mine.highWater); n != recordHeader+1000 {
		t.Fatalf("high-water mark %d", n)
	}
}

// Its looks end with Close beside it.
func TestAPromptConsumerIsClosed(t *testing.T) {
	needGlance(t)
	for range 50 {
		_, c := dialogue(t)
		done := make(chan error)
		go func() {
			_, err := c.Next(context.Background())
			done <- err
		}()
		time.Sleep(time.Duration(rand.IntN(20)) * time.Microsecond)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Fatal(err)
		}
		if _, found, _ := c.prompt(); found {
			t.Fatal("found a record in a closed ring")
		}
	}
}

// Memory that goes away under its looks is an error, once and for all.
func TestAPromptConsumerOutlivesItsFile(t *testing.T) {
	needGlance(t)
	o := &Options{Dir: t.TempDir(), Capacity: minCapacity, Create: true}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if err := p.Send(t.Context(), make([]byte, 600)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(c.path, 0); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := c.prompt(); found || !errors.Is(c.poison, sigbus.ErrFault) || c.posts != 0 {
		t.Fatal(found, c.poison, c.posts)
	}
	for range 2 {
		if _, err := c.Next(t.Context()); !errors.Is(err, sigbus.ErrFault) {
			t.Fatal(err)
		}
	}
}
