package bridge

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/ring"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// site is a bridge to be tested: a server on one loopback address, rings in two
// folders that stand for two machines.
type site struct {
	t              *testing.T
	host, port     string
	url, store     string
	here, there    string
	limit          string
	server         *child
	sender, reader *child
}

func build(t *testing.T, limit int64) *site {
	t.Helper()
	host := "127.0.0.1"
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err == nil { // another address than that of everybody else, where there is one
		l.Close()
		host = "127.0.0.2"
	}
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := &site{t: t, host: host, port: port, url: "nats://" + host + ":" + port, store: t.TempDir(), here: private(t), there: private(t), limit: fmt.Sprint(limit)}
	s.serve()
	return s
}

func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (s *site) serve()   { s.server = start(s.t, "server", s.host, s.port, s.store) }
func (s *site) send()    { s.sender = start(s.t, "sender", s.url, s.here, s.limit) }
func (s *site) receive() { s.reader = start(s.t, "receiver", s.url, s.there, s.limit) }

// produce makes the ring here and sends n records that say their number, waiting
// for space, and closes.
func (s *site) produce(n int) (failed chan error) {
	s.t.Helper()
	p, err := ring.OpenProducer("from", &ring.Options{Dir: s.here, Create: true, Capacity: 1 << 18, WaitForPeer: true})
	if err != nil {
		s.t.Fatal(err)
	}
	failed = make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < n && err == nil; i++ {
			err = p.Send(s.t.Context(), numbered(i))
		}
		failed <- errors.Join(err, p.Close())
	}()
	return failed
}

func numbered(i int) []byte {
	b := make([]byte, 8+i%700)
	binary.LittleEndian.PutUint64(b, uint64(i))
	for k := 8; k < len(b); k++ {
		b[k] = byte(i + k)
	}
	return b
}

// consumer opens the ring there, which somebody makes.
func (s *site) consumer() *ring.Consumer {
	s.t.Helper()
	c, err := ring.OpenConsumer("to", &ring.Options{Dir: s.there, Create: true, Capacity: 1 << 18, WaitForPeer: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// expect receives n records in order, each once, and the end; it calls before
// ahead of each.
func (s *site) expect(c *ring.Consumer, n int, before func(i int)) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	for i := range n {
		before(i)
		rec, err := c.Next(ctx)
		if err != nil {
			s.t.Fatalf("record %d: %v", i, err)
		}
		if want := numbered(i); string(rec) != string(want) {
			s.t.Fatalf("record %d: %d bytes that begin with %d", i, len(rec), binary.LittleEndian.Uint64(rec))
		}
	}
	if _, err := c.Next(ctx); err != io.EOF {
		s.t.Fatalf("after the last record: %v", err)
	}
}

// TestRecordsCrossOnceAndInOrderWhateverIsKilled kills the server, the sender and
// the receiver in turn, as records arrive, so that each dies under way whatever the
// speed of the machine.
func TestRecordsCrossOnceAndInOrderWhateverIsKilled(t *testing.T) {
	n, kills := 15_000, 6
	if os.Getenv("SHMKIT_SOAK") != "" {
		n, kills = 1_000_000, 300
	}
	s := build(t, 1<<20) // smaller than all of it: the stream fills up when the receiver is gone
	failed := s.produce(n)
	s.send()
	s.receive()
	c := s.consumer()
	killed := map[string]int{}
	s.expect(c, n, func(i int) {
		if i == 0 || i%(n/(kills+1)) != 0 {
			return
		}
		switch i / (n / (kills + 1)) % 3 {
		case 0:
			s.sender.kill()
			s.send()
			killed["sender"]++
		case 1:
			s.server.kill()
			s.serve()
			killed["server"]++
		default:
			s.reader.kill()
			s.receive()
			killed["receiver"]++
		}
	})
	t.Logf("killed %v", killed)
	for _, what := range []string{"server", "sender", "receiver"} {
		if killed[what] < kills/3 {
			t.Errorf("the %s was killed %d times of %d", what, killed[what], kills/3)
		}
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
	for _, end := range []*child{s.sender, s.reader} {
		select {
		case err := <-end.done:
			if end.done <- err; err != nil {
				t.Errorf("an end of the bridge: %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("an end of the bridge does not end")
		}
	}
}

// TestAFullRingThereIsWaitedForHere has nobody read: the ring there fills up, then
// the stream, then the ring here, and nothing is lost.
func TestAFullRingThereIsWaitedForHere(t *testing.T) {
	const n = 8000 // several times what ring, stream and ring hold
	s := build(t, 1<<19)
	failed := s.produce(n)
	s.send()
	s.receive()
	look := func() uint64 {
		info, err := ring.Inspect("from", &ring.Options{Dir: s.here})
		if err != nil {
			t.Fatal(err)
		}
		return info.Producer.Stats.Records
	}
	for last, same := uint64(0), 0; same < 10; time.Sleep(100 * time.Millisecond) {
		if now := look(); now > 0 && now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
	if sent := look(); sent >= n {
		t.Fatalf("all %d records went somewhere", sent)
	}
	s.expect(s.consumer(), n, func(int) {})
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

// TestWhatCannotGoOnIsRefused: another ring's stream, and a ring that overwrites.
func TestWhatCannotGoOnIsRefused(t *testing.T) {
	s := build(t, 1<<20)
	_, js, err := connect(s.url)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Stream: "records", Dir: s.here, MaxBytes: 1 << 20}
	for round := range 2 {
		failed := s.produce(3)
		sender, err := NewSender(js, "from", o)
		if err != nil {
			t.Fatal(err)
		}
		err = sender.Run(t.Context())
		if round == 0 && err != nil || round == 1 && !errors.Is(err, ErrStream) {
			t.Errorf("round %d: %v", round, err)
		}
		if st := sender.Stats(); round == 0 && st.Records != 3 {
			t.Errorf("%+v", st)
		}
		for _, err := range []error{<-failed, sender.Close(), ring.Remove("from", &ring.Options{Dir: s.here})} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	p, err := ring.OpenProducer("lossy", &ring.Options{Dir: s.here, Create: true, Capacity: 1 << 16, Full: ring.FullOverwrite})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := NewSender(js, "lossy", o); !errors.Is(err, ErrOverwrites) {
		t.Errorf("a ring that overwrites: %v", err)
	}
}

// TestAGapIsAnError removes a message that was not received.
func TestAGapIsAnError(t *testing.T) {
	s := build(t, 1<<20)
	_, js, err := connect(s.url)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Stream: "records", Dir: s.here, MaxBytes: 1 << 20}
	failed := s.produce(3)
	sender, err := NewSender(js, "from", o)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	if err := errors.Join(sender.Run(t.Context()), <-failed); err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "records")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSequence(2)); err != nil {
		t.Fatal(err)
	}
	o.Dir = s.there
	r, err := NewReceiver(js, "to", 1<<16, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Run(t.Context()); !errors.Is(err, ErrGap) {
		t.Errorf("%v", err)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(Collector("receiver", "records", r.Stats))
	if families, err := reg.Gather(); err != nil || len(families) != 4 {
		t.Errorf("%d metrics, %v", len(families), err)
	}
}
