package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/absfs/shmkit/metrics"
	"github.com/spf13/cobra"
)

func (a *app) export() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use: "export", Short: "serve the state of every ring to Prometheus", Args: a.names(0, "no argument"),
		Long: `export serves /metrics with every region and ring of the folder, of whatever
process, alive or dead, until Ctrl-C. It only reads.`,
		Example: "  shmctl export --listen 127.0.0.1:9400",
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			mux := http.NewServeMux()
			mux.Handle("/metrics", metrics.Handler(metrics.Host(a.dir)))
			server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
			done := make(chan error, 1)
			go func() { done <- server.Serve(l) }()
			if err := a.listening(c, "metrics on", "http://"+l.Addr().String()+"/metrics"); err != nil {
				return errors.Join(err, server.Close())
			}
			select {
			case err := <-done:
				return err
			case <-c.Context().Done():
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err = server.Shutdown(ctx)
			if serr := <-done; !errors.Is(serr, http.ErrServerClosed) {
				err = errors.Join(err, serr)
			}
			return err
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9400", "address; port 0 picks a free one and prints it")
	return c
}
