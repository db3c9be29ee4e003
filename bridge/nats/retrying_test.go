package bridge

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A server without JetStream is asked again and again, and the reason told once.
func TestTheReasonOfATryThatFailedIsToldOnce(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server does not start")
	}
	nc, js, err := connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	told := make(chan error, 100)
	r, err := NewReceiver(js, "to", 1<<16, Options{Stream: "records", Dir: t.TempDir(), Patience: time.Millisecond, Retrying: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	for r.Stats().Retries < 3 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := <-told; !strings.Contains(err.Error(), "no JetStream") || len(told) > 0 {
		t.Fatalf("told %v, and %d times more", err, len(told))
	}
}
