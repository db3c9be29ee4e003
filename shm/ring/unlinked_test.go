package ring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// unlinkable makes a ring whose file a test takes away from under it.
func unlinkable(t *testing.T) (p *Producer, c *Consumer, take func()) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("platform: Windows keeps the name of a file that is mapped")
	}
	o := &Options{Dir: t.TempDir(), Capacity: minCapacity, Create: true, WaitForPeer: true}
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if p, err = OpenProducer("r", o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, c, func() {
		if err := os.Remove(filepath.Join(o.Dir, "r")); err != nil {
			t.Fatal(err)
		}
	}
}

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func wantUnlinked(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrUnlinked) {
		t.Fatalf("%v, want ErrUnlinked", err)
	}
}

// TestAWaitingConsumerNoticesThatTheRingLostItsName also shows that the two who
// have the ring already can go on with it.
func TestAWaitingConsumerNoticesThatTheRingLostItsName(t *testing.T) {
	p, c, take := unlinkable(t)
	time.AfterFunc(10*time.Millisecond, take)
	for range 2 {
		_, err := c.Receive(patient(t), nil)
		wantUnlinked(t, err)
	}
	if err := p.Send(patient(t), []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if rec, err := c.Receive(patient(t), nil); err != nil || string(rec) != "still here" {
		t.Fatalf("%q, %v", rec, err)
	}
}

func TestAWaitingProducerNoticesThatTheRingLostItsName(t *testing.T) {
	p, _, take := unlinkable(t)
	for p.TrySend(make([]byte, 100)) == nil {
	}
	take()
	wantUnlinked(t, p.Send(patient(t), make([]byte, 100)))
}

func TestAWaitingConsumerNoticesThatTheRingWasReplaced(t *testing.T) {
	p, c, take := unlinkable(t)
	take()
	if err := Create("r", &Options{Dir: filepath.Dir(c.heirs.(seat).r.Path())}); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(patient(t), []byte("news first")); err != nil {
		t.Fatal(err)
	}
	if rec, err := c.Receive(patient(t), nil); err != nil || string(rec) != "news first" {
		t.Fatalf("%q, %v", rec, err)
	}
	_, err := c.Receive(patient(t), nil)
	wantUnlinked(t, err)
}

func TestAPollerNoticesThatARingLostItsName(t *testing.T) {
	p, c, take := unlinkable(t)
	take()
	var poller Poller
	poller.Add(c)
	ready, err := poller.Wait(patient(t))
	if err != nil || len(ready) != 1 {
		t.Fatal(ready, err)
	}
	_, err = ready[0].TryReceive(nil)
	wantUnlinked(t, err)
	if err := p.Send(patient(t), []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if _, err := poller.Wait(patient(t)); err != nil {
		t.Fatal(err)
	}
	if rec, err := c.TryReceive(nil); err != nil || string(rec) != "still here" {
		t.Fatalf("%q, %v", rec, err)
	}
}
