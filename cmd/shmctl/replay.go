package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

func (a *app) replay() *cobra.Command {
	p := &printer{}
	size := demo.Size(ring.DefaultCapacity)
	speed := 1.0
	var keep bool
	c := &cobra.Command{
		Use: "replay FILE [NAME]", Short: "play a recording back", Args: a.names2(1, 2, "FILE and perhaps NAME"),
		Long: `replay sends the records that record kept into the ring NAME, which is made if
it is missing, with the pauses they came with, and ends when the receiver has
everything. Without NAME it prints them. FILE is left as it is.`,
		Example: `  shmctl replay last.rec orders             at the speed of the original
  shmctl replay last.rec orders --speed 0   as fast as the ring takes them
  shmctl replay last.rec --speed 0 -o json  print them`,
		RunE: func(c *cobra.Command, args []string) error {
			if !(speed >= 0) || math.IsInf(speed, 0) {
				return fmt.Errorf("%w: --speed is 0 or more", errUsage)
			}
			if len(args) == 1 {
				return a.print(c, p, args[0], speed)
			}
			return a.resend(c, args[0], args[1], speed, int64(size), keep)
		},
	}
	c.Flags().Float64Var(&speed, "speed", speed, "1 is that of the original, 2 twice as fast, 0 as fast as possible")
	c.Flags().StringVar(&p.format, "format", "text", "without NAME: text, hex, json (a line each, data in base64) or raw")
	c.Flags().Var(sizeFlag{&size}, "size", "bytes of a new ring")
	c.Flags().BoolVar(&keep, "keep", false, "leave the ring when done")
	return c
}

// print writes a recording to standard output.
func (a *app) print(c *cobra.Command, p *printer, file string, speed float64) error {
	if a.output == "json" {
		p.format = "json"
	}
	if err := p.valid(); err != nil {
		return err
	}
	p.w = c.OutOrStdout()
	pace := pacer{speed: speed}
	return play(c.Context(), file, func(at time.Time, rec []byte) error {
		if err := pace.wait(c.Context(), at); err != nil {
			return err
		}
		p.at = at
		return p.record(rec)
	})
}

// resend sends a recording into a ring.
func (a *app) resend(c *cobra.Command, file, name string, speed float64, size int64, keep bool) error {
	ctx := c.Context()
	// A file that is no recording makes no ring.
	if err := play(ctx, file, func(time.Time, []byte) error { return errEnough }); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	p, err := ring.OpenProducer(name, &ring.Options{Dir: a.dir, Capacity: size, Create: true})
	if err != nil {
		return err
	}
	start, pace := time.Now(), pacer{speed: speed}
	var m moved
	err = play(ctx, file, func(at time.Time, rec []byte) error {
		if err := pace.wait(ctx, at); err != nil {
			return err
		}
		m.Records, m.Bytes = m.Records+1, m.Bytes+uint64(len(rec))
		return p.Send(ctx, rec)
	})
	if err == nil {
		err = drained(ctx, a, name, p)
	}
	err = errors.Join(err, p.Close())
	if !keep {
		err = errors.Join(err, leave(name, a))
	}
	if err != nil {
		return err
	}
	return a.tell(c, "replayed", m, start)
}

// errEnough ends a look at the first record.
var errEnough = errors.New("enough")

// A pacer keeps the pauses between records.
type pacer struct {
	speed       float64
	first, from time.Time // in the recording, and now
}

// wait waits until the record of that time is due.
func (p *pacer) wait(ctx context.Context, at time.Time) error {
	if p.speed == 0 {
		return ctx.Err()
	}
	if p.first.IsZero() {
		p.first, p.from = at, time.Now()
	}
	due := float64(at.Sub(p.first)) / p.speed
	left := time.Duration(min(due, math.MaxInt64/2)) - time.Since(p.from)
	if left <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(left):
		return nil
	}
}
