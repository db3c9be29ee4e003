package ring

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime/pprof"
	"testing"
	"time"
)

// polled is many rings in one poller.
func polled(t *testing.T, n int) (*Poller, []*Producer, map[*Consumer]int) {
	t.Helper()
	poller, producers, index := new(Poller), make([]*Producer, n), make(map[*Consumer]int, n)
	for i := range producers {
		p, c := pair(t, minCapacity, Options{})
		producers[i], index[c] = p, i
		poller.Add(c)
	}
	return poller, producers, index
}

func TestOneGoroutineAndFewThreadsServeHundredsOfRings(t *testing.T) {
	const rings, each = 500, 20
	poller, producers, index := polled(t, rings)
	threads := pprof.Lookup("threadcreate")
	ctx, cancel := context.WithCancel(t.Context())
	idle := make(chan error, 1)
	before := threads.Count()
	go func() { _, err := poller.Wait(ctx); idle <- err }()
	for _, p := range producers {
		for load32(p.other.park)&1 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if grown := threads.Count() - before; grown > 20 {
		t.Errorf("waiting on %d rings took %d more threads", rings, grown)
	} else {
		t.Logf("waiting on %d rings took %d more threads", rings, grown)
	}
	cancel()
	if err := <-idle; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		for n := range each {
			for i := range producers {
				p := producers[(i*7+n)%rings]
				if err := p.Send(context.Background(), binary.LittleEndian.AppendUint64(nil, uint64(n))); err != nil {
					sent <- err
					return
				}
			}
			time.Sleep(time.Millisecond)
		}
		for _, p := range producers {
			_ = p.Close()
		}
		sent <- nil
	}()
	var next [rings]uint64
	for poller.Len() > 0 {
		ready, err := poller.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ready {
			rec, err := c.TryReceive(nil)
			i := index[c]
			switch {
			case err == io.EOF:
				poller.Remove(c)
			case err != nil:
				t.Fatal(err)
			case binary.LittleEndian.Uint64(rec) != next[i]:
				t.Fatalf("ring %d: record %d where %d belongs", i, rec[0], next[i])
			default:
				next[i]++
			}
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	for i, n := range next {
		if n != each {
			t.Errorf("ring %d: %d records of %d", i, n, each)
		}
	}
}

func TestABusyRingStarvesNoOther(t *testing.T) {
	const rings = 16
	poller, producers, index := polled(t, rings)
	var first [rings]int
	for turn := range 50 * rings {
		for producers[0].TrySend([]byte("busy")) == nil {
		}
		quiet := 1 + turn%(rings-1)
		if err := producers[quiet].TrySend([]byte("quiet")); err != nil {
			t.Fatal(err)
		}
		ready, err := poller.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first[index[ready[0]]]++
		served := false
		for _, c := range ready {
			if _, err := c.TryReceive(nil); err != nil {
				t.Fatal(err)
			}
			served = served || index[c] == quiet
		}
		if !served {
			t.Fatalf("turn %d: the busy ring hid ring %d", turn, quiet)
		}
	}
	if first[0] == 50*rings {
		t.Error("the busy ring always came first")
	}
}

func TestSelectNamesTheRingThatIsReady(t *testing.T) {
	p1, c1 := pair(t, minCapacity, Options{})
	_, c2 := pair(t, minCapacity, Options{})
	chosen := make(chan int, 1)
	go func() {
		i, err := Select(context.Background(), c2, c1)
		if err != nil {
			t.Error(err)
		}
		chosen <- i
	}()
	for load32(p1.other.park)&1 == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := p1.TrySend(nil); err != nil {
		t.Fatal(err)
	}
	if i := <-chosen; i != 1 {
		t.Errorf("ring %d is ready", i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if i, err := Select(ctx, c2); i != -1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(i, err)
	}
	if i, err := Select(ctx); i != -1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(i, err)
	}
}

func TestAPollerSeesWhatEndsARing(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(p *Producer, c *Consumer)
		want error
	}{
		{"the producer closes", func(p *Producer, c *Consumer) { _ = p.Close() }, io.EOF},
		{"the producer dies", func(p *Producer, c *Consumer) {}, ErrPeerDead},
		{"the consumer is closed", func(p *Producer, c *Consumer) { _ = c.Close() }, ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, c := pair(t, minCapacity, Options{})
			c.peer = lives(tt.want != ErrPeerDead)
			_, other := pair(t, minCapacity, Options{})
			var poller Poller
			poller.Add(c)
			poller.Add(other)
			go func() {
				for load32(p.other.park)&1 == 0 {
					if t.Context().Err() != nil {
						return // it has slept unseen
					}
					time.Sleep(time.Millisecond)
				}
				tt.end(p, c)
			}()
			ready, err := poller.Wait(t.Context())
			if err != nil || len(ready) != 1 || ready[0] != c {
				t.Fatal(ready, err)
			}
			if _, err := c.TryNext(); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// lives is the other side's life.
type lives bool

func (l lives) alive() (bool, error) { return bool(l), nil }
