package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/absfs/shmkit/internal/transfer"
	"github.com/absfs/shmkit/metrics"
)

// Served is a /metrics server that runs.
type Served struct {
	collector *metrics.Collector
	server    *http.Server
	done      chan error
}

// Serve serves /metrics when c asks for it and prints the address. A nil
// *Served is legal and serves nothing.
func (c *Common) Serve() (*Served, error) {
	if c.Metrics == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", c.Metrics)
	if err != nil {
		return nil, err
	}
	sources := append([]metrics.Source{metrics.Sigbus(), metrics.Regions()}, c.Sources...)
	s := &Served{collector: metrics.New(sources...), done: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.Handle("/metrics", s.collector.Handler())
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { s.done <- s.server.Serve(l) }()
	c.print(Line{Metrics: "http://" + l.Addr().String() + "/metrics"})
	return s, nil
}

// Watch shows the session's ring and journal.
func (s *Served) Watch(t *transfer.Session) {
	if s == nil {
		return
	}
	s.collector.Add(metrics.Region(t.Region()))
	if p := t.Producer(); p != nil {
		s.collector.Add(metrics.Producer(t.Name(), p))
	}
	if c := t.Consumer(); c != nil {
		s.collector.Add(metrics.Consumer(t.Name(), c))
	}
}

// Close stops serving, after the requests under way.
func (s *Served) Close() error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if serr := <-s.done; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

// Wait blocks, when c asks for lingering, until standard input ends or ctx does.
func (c *Common) Wait(ctx context.Context) {
	if !c.Linger {
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// print writes a line to standard output.
func (c *Common) print(l Line) {
	if c.JSON {
		fmt.Println(l.json())
		return
	}
	fmt.Println(l.text())
}
