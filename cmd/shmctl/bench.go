package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

func (a *app) bench() *cobra.Command {
	last := time.Second
	capacity := demo.Size(ring.DefaultCapacity)
	c := &cobra.Command{
		Use: "bench", Short: "measure throughput and latency on this machine", Args: a.names(0, "no argument"),
		Long: `bench moves records to a second process and back through rings that it makes and
removes: how many a second, and how long a round trip of 64 bytes takes, with a
histogram. It takes four times --last and needs two idle processors for numbers
that mean something. The second process gives the records of the first three
back unread, so that large ones show how fast they are written.`,
		Example: "  shmctl bench\n  shmctl bench --last 5s -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			if last < 10*time.Millisecond || last > time.Minute {
				return fmt.Errorf("%w: --last is between 10ms and 1m", errUsage)
			}
			if capacity < leastCapacity {
				return fmt.Errorf("%w: --capacity is at least %s, not %s", errUsage, demo.Bytes(leastCapacity), demo.Bytes(int64(capacity)))
			}
			b := &bench{app: a, capacity: int64(capacity), last: last, name: fmt.Sprintf("shmctl-bench-%d", os.Getpid())}
			var r benchResult
			for _, n := range []int{64, 1024, 16 << 10} {
				t, err := b.throughput(c.Context(), n)
				if err != nil {
					return err
				}
				r.Throughput = append(r.Throughput, t)
			}
			trips, err := b.roundTrips(c.Context(), 64)
			if err != nil {
				return err
			}
			r.RoundTrip = summarize(trips)
			return a.show(c, r, r.table)
		},
	}
	c.Flags().DurationVar(&last, "last", last, "how long each of the four measurements lasts")
	c.Flags().Var(sizeFlag{&capacity}, "capacity", "bytes of the rings, at least 64KiB")
	c.AddCommand(a.benchPeer())
	return c
}

// leastCapacity holds two of the largest records that are measured, and more.
const leastCapacity = 64 << 10

// benchPeer is the second process of bench.
func (a *app) benchPeer() *cobra.Command {
	return &cobra.Command{
		Use: "peer NAME [BACK]", Hidden: true, Args: a.names2(1, 2, "NAME and perhaps BACK"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c, err := ring.OpenConsumer(args[0], a.ring())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			var back *ring.Producer
			if len(args) == 2 {
				if back, err = ring.OpenProducer(args[1], a.ring()); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, back.Close()) }()
			}
			for rec, err := range c.All(cmd.Context()) {
				if err == nil && back != nil {
					err = back.Send(cmd.Context(), rec)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// A bench makes one measurement after the other.
type bench struct {
	*app
	capacity int64
	last     time.Duration
	name     string
}

// with runs do between the making and the removing of rings, and of a peer that
// has them all.
func (b *bench) with(ctx context.Context, names []string, do func(ctx context.Context, p *ring.Producer) error) (err error) {
	for _, n := range names {
		if err := ring.Create(n, &ring.Options{Dir: b.dir, Capacity: b.capacity}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, shm.Remove(n, b.region())) }()
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	peer := exec.CommandContext(ctx, self, append([]string{"bench", "peer", "--dir", b.dir}, names...)...)
	peer.Args[0] = os.Args[0]
	peer.Stderr = os.Stderr
	if err := peer.Start(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- peer.Wait(); stop() }()
	p, err := ring.OpenProducer(names[0], b.ring())
	if err == nil {
		err = errors.Join(do(ctx, p), p.Close())
	}
	if err != nil {
		// It may wait for what never comes, or have ended already.
		_ = peer.Process.Kill()
	}
	return errors.Join(err, <-ended)
}

func (b *bench) throughput(ctx context.Context, n int) (t speed, err error) {
	t.RecordBytes = n
	err = b.with(ctx, []string{b.name}, func(ctx context.Context, p *ring.Producer) error {
		rec := make([]byte, n)
		// The first record waits for the peer to be there.
		if err := errors.Join(p.Send(ctx, rec), drained(ctx, b.app, b.name, p)); err != nil {
			return err
		}
		start := time.Now()
		for time.Since(start) < b.last {
			for range 256 {
				if err := p.Send(ctx, rec); err != nil {
					return err
				}
			}
			t.Records += 256
		}
		if err := drained(ctx, b.app, b.name, p); err != nil {
			return err
		}
		t.Seconds = time.Since(start).Seconds()
		t.PerSecond = float64(t.Records) / t.Seconds
		t.BytesPerSecond = t.PerSecond * float64(n)
		return nil
	})
	return t, err
}

// most bounds the memory that round trips take.
const most = 4 << 20

func (b *bench) roundTrips(ctx context.Context, n int) (trips []time.Duration, err error) {
	back := b.name + "-back"
	err = b.with(ctx, []string{b.name, back}, func(ctx context.Context, p *ring.Producer) error {
		c, err := ring.OpenConsumer(back, b.ring())
		if err != nil {
			return err
		}
		rec := make([]byte, n)
		for start := time.Now(); (time.Since(start) < b.last || len(trips) < 2) && len(trips) < most; {
			sent := time.Now()
			if err := p.Send(ctx, rec); err != nil {
				return errors.Join(err, c.Close())
			}
			if rec, err = c.Receive(ctx, rec); err != nil {
				return errors.Join(err, c.Close())
			}
			trips = append(trips, time.Since(sent))
		}
		trips = trips[1:] // the first one waited for the peer to be there
		return c.Close()
	})
	return trips, err
}
