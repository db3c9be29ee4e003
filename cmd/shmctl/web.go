package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/absfs/shmkit/internal/webui"
	"github.com/spf13/cobra"
)

func (a *app) web() *cobra.Command {
	var listen string
	var names []string
	var every time.Duration
	c := &cobra.Command{
		Use: "web", Short: "show the rings in a browser", Args: a.names(0, "no argument"),
		Long: `web serves one page that draws every ring of the folder as it lives: throughput
and depth over the last five minutes, waits, seats, and who is attached. It runs
until Ctrl-C, only reads, and loads nothing from elsewhere.

Without --listen it can be reached from this machine only. It asks for no
password: who can reach the address can see names, process names and sizes, but
no records. It answers to plain addresses and localhost; name others with
--host, for instance behind a proxy.`,
		Example: `  shmctl web
  shmctl web --listen 127.0.0.1:0      picks a free port and prints it
  ssh -L 9401:127.0.0.1:9401 server    shows another machine's page here`,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond || every > time.Minute {
				return fmt.Errorf("%w: --every is between 100ms and 1m", errUsage)
			}
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			if at, err := netip.ParseAddrPort(l.Addr().String()); err == nil && !at.Addr().IsLoopback() {
				fmt.Fprintln(c.ErrOrStderr(), "shmctl: other machines can see this page")
			}
			return a.serve(c, l, webui.New(a.glance, every, names...))
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9401", "address; port 0 picks a free one and prints it")
	c.Flags().StringSliceVar(&names, "host", nil, "also answer to this host name")
	c.Flags().DurationVar(&every, "every", time.Second, "how often to look")
	return c
}

// serve answers until the command is interrupted.
func (a *app) serve(c *cobra.Command, l net.Listener, ui *webui.Server) error {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	go ui.Run(ctx)
	server := &http.Server{
		Handler: ui, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	if err := a.listening(c, "open", "http://"+l.Addr().String()+"/"); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	err := server.Shutdown(end)
	if serr := <-done; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

// glance is what the page draws.
func (a *app) glance() webui.Look {
	all, err := a.all()
	l := webui.Look{At: time.Now(), Points: map[string]webui.Point{}, List: all}
	if err != nil {
		l.Error = explain(err)
	}
	for _, x := range all {
		if r := x.Ring; r != nil {
			l.Points[x.ID] = webui.Point{Records: r.Producer.Records, Bytes: r.Producer.Bytes, Depth: r.Depth, Waits: r.Producer.Waits + r.Consumer.Waits}
		}
	}
	return l
}
