//go:build !shmcheck

package ring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

func init() { roles["scribble"] = scribble }

// scribble is a hostile process: it writes anything into every shared word, now
// waking everybody, now nobody, until it is killed.
func scribble(o *Options) error {
	r, err := region.Open("r", o.region())
	if err != nil {
		return err
	}
	mem := r.Bytes()
	var words []*uint64
	for _, at := range []int{producerPage, consumerPage} {
		for off := 0; off < offLatency; off += 8 {
			words = append(words, word64(mem, at+off))
		}
	}
	words = append(words, word64(mem, requestPage), word64(mem, requestPage+offRequest))
	for off := 0; off < len(mem)-dataOffset; off += 8 {
		words = append(words, word64(mem, dataOffset+off))
	}
	tail, head := words[0], word64(mem, consumerPage)
	for turn := uint64(0); ; turn++ {
		w := words[rand.IntN(len(words))]
		switch rand.IntN(4) {
		case 0:
			w = tail
		case 1:
			w = head
		}
		v := atomic.LoadUint64(w)
		switch rand.IntN(6) {
		case 0:
			v += 8 * rand.Uint64N(64) // the tail races the head
		case 1:
			v -= 8
		case 2:
			v = uint64(kindData)<<32 | rand.Uint64N(1<<12)
		case 3:
			v = uint64(kindPad)<<32 | rand.Uint64()>>32
		case 4:
			v = rand.Uint64()
		}
		atomic.StoreUint64(w, v)
		if turn/10_000%2 == 0 {
			futex.Wake(word32(mem, producerPage+offWake), futex.All)
			futex.Wake(word32(mem, consumerPage+offWake), futex.All)
		}
	}
}

// suffer has both sides work on a ring beside a hostile process: each operation
// ends, with nothing or with one of the documented errors, and an error that is
// for good stays.
func suffer(t *testing.T, role string, final ...error) {
	o := &Options{Dir: t.TempDir(), Capacity: minCapacity, WaitForPeer: true}
	if err := Create("r", o); err != nil {
		t.Fatal(err)
	}
	r, err := region.Open("r", o.region())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	whole := append([]byte(nil), r.Bytes()...)
	start(t, role, o.Dir)
	rounds := 0
	for end := time.Now().Add(time.Second); time.Now().Before(end); rounds++ {
		for _, side := range []func(*region.Region) error{sufferProducer, sufferConsumer} {
			done := make(chan error, 1)
			go func() { done <- side(r) }()
			select {
			case err := <-done:
				if err != nil && !isOne(err, final) {
					t.Fatalf("round %d: %v", rounds, err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("an operation hangs")
			}
		}
		_, _ = sigbus.Copy(r.Bytes(), whole) // a fresh ring; a fault is the test's business
	}
	t.Logf("%d rounds", rounds)
}

func isOne(err error, of []error) bool {
	for _, is := range of {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// sufferProducer works until something is wrong; it returns what.
func sufferProducer(r *region.Region) error {
	p, err := NewProducer(r, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	for n := range 200 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
		if n%2 == 0 {
			err = p.Send(ctx, make([]byte, n*7))
		} else {
			_, err = p.SendBatch(ctx, [][]byte{make([]byte, n), nil, make([]byte, 3*n)})
		}
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return same(err, p.TrySend(nil))
		}
	}
	return nil
}

func sufferConsumer(r *region.Region) error {
	c, err := NewConsumer(r, &Options{Untrusted: rand.IntN(2) == 0})
	if err != nil {
		return err
	}
	defer c.Close()
	sum := byte(0)
	for n := range 200 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
		var rec []byte
		if n%2 == 0 {
			rec, err = c.Next(ctx)
		} else {
			rec, err = c.Receive(ctx, rec)
		}
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			_, again := c.TryNext()
			return same(err, again)
		}
		if fault := sigbus.Guard(func() {
			for _, b := range rec {
				sum += b
			}
		}); fault != nil {
			return fault
		}
	}
	return nil
}

// same is err, unless the next operation forgot what happened.
func same(err, again error) error {
	if isOne(err, []error{ErrCorrupt, sigbus.ErrFault}) && again != err {
		return fmt.Errorf("first %w, then %v", errors.New(err.Error()), again)
	}
	return err
}

func TestAProcessThatScribblesEndsNobodyElse(t *testing.T) {
	suffer(t, "scribble", ErrCorrupt, ErrVersion, ErrPeerDead, io.EOF)
}

// TestAPeerThatNeverWakesIsNoticed publishes behind a sleeper's back.
func TestAPeerThatNeverWakesIsNoticed(t *testing.T) {
	p, c := pair(t, minCapacity, Options{WaitForPeer: true})
	got := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		rec, err := c.Next(ctx)
		if err == nil && strings.TrimRight(string(rec), "\x00") != "quiet" {
			err = fmt.Errorf("%q", rec)
		}
		got <- err
	}()
	for load32(p.other.park)&1 == 0 {
		time.Sleep(time.Millisecond)
	}
	fill(p.data[recordHeader:], []byte("quiet"))
	putRecord(p.data, 0, 5, kindData)
	fenced64(p.mine.position, 16)
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}
