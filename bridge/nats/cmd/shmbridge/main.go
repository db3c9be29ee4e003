// Shmbridge carries a ring over NATS JetStream to a ring on another machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	bridge "github.com/absfs/shmkit/bridge/nats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
)

// end is what Sender and Receiver have in common.
type end interface {
	Run(context.Context) error
	Close() error
	Stats() bridge.Stats
}

type flags struct {
	url, creds, metrics string
	capacity            int64
	bridge.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command().ExecuteContext(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "shmbridge: interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "shmbridge:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var f flags
	f.Retrying = func(err error) { fmt.Fprintln(os.Stderr, "shmbridge: trying again:", err) }
	root := &cobra.Command{
		Use: "shmbridge", Short: "carry a ring over NATS JetStream to another machine", SilenceUsage: true, SilenceErrors: true,
		Long: `shmbridge carries the records of a ring on one machine into a ring on another.
Order is kept, none is lost, none arrives twice, whichever of both ends and the
server is killed. When the ring there is full, the producer here waits.`,
		Example: "  here:   shmbridge send prices --url nats://hub --stream prices\n  there:  shmbridge receive prices --url nats://hub --stream prices",
	}
	p := root.PersistentFlags()
	p.StringVar(&f.url, "url", nats.DefaultURL, "of the NATS server, or several with commas between")
	p.StringVar(&f.creds, "creds", "", "file with the user's credentials")
	p.StringVar(&f.Stream, "stream", "", "name of the stream (default: the ring's)")
	p.StringVar(&f.Dir, "dir", "", "folder of the shared memory (default: the system's)")
	p.Int64Var(&f.MaxBytes, "max-bytes", 0, "of the stream when it is made here (default 256 MiB)")
	p.IntVar(&f.Replicas, "replicas", 1, "of the stream when it is made here")
	p.StringVar(&f.metrics, "metrics", "", "serve /metrics at this address; port 0 picks one and prints it")
	receive := &cobra.Command{
		Use: "receive RING", Short: "put a stream's records into a ring", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), "receiver", args[0], func(js jetstream.JetStream) (end, error) {
				return bridge.NewReceiver(js, args[0], f.capacity, f.Options)
			})
		},
	}
	receive.Flags().Int64Var(&f.capacity, "capacity", 4<<20, "bytes of the ring when it is made here")
	root.AddCommand(receive, &cobra.Command{
		Use: "send RING", Short: "store a ring's records in a stream", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), "sender", args[0], func(js jetstream.JetStream) (end, error) {
				return bridge.NewSender(js, args[0], f.Options)
			})
		},
	})
	return root
}

// run connects, however long that takes, and carries records until the producer
// closes or ctx ends.
func (f *flags) run(ctx context.Context, kind, ring string, open func(jetstream.JetStream) (end, error)) error {
	if f.Stream == "" {
		f.Stream = ring
	}
	options := []nats.Option{nats.Name("shmbridge " + kind), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond)}
	if f.creds != "" {
		options = append(options, nats.UserCredentials(f.creds))
	}
	nc, err := nats.Connect(f.url, options...)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	e, err := open(js)
	if err != nil {
		return err
	}
	if f.metrics != "" {
		if err := serve(f.metrics, bridge.Collector(kind, f.Stream, e.Stats)); err != nil {
			return errors.Join(err, e.Close())
		}
	}
	err = errors.Join(e.Run(ctx), e.Close())
	s := e.Stats()
	fmt.Printf("%d records, %d bytes, %d known before, %d retries\n", s.Records, s.Bytes, s.Skipped, s.Retries)
	return err
}

// serve shows c at addr until the program ends.
func serve(addr string, c prometheus.Collector) error {
	reg := prometheus.NewRegistry()
	if err := reg.Register(c); err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	fmt.Printf("metrics on http://%s/metrics\n", l.Addr())
	go (&http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}).Serve(l)
	return nil
}
