package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

const chunk = 64 << 10

func (a *app) send() *cobra.Command {
	size := demo.Size(ring.DefaultCapacity)
	var lines, keep bool
	c := &cobra.Command{
		Use: "send NAME", Short: "send standard input into a ring", Args: a.names(1, "one NAME"), ValidArgsFunction: a.complete,
		Long: `send reads standard input and sends it into a ring, which is made if it is
missing. It ends at the end of its input, when the receiver has everything, and
with an error when the receiver dies. An empty input waits for a receiver, too,
unless --keep is set. Pieces as they come become records; with --lines each line
becomes one.

The ring is removed afterwards, unless --keep is set, or send is interrupted or
fails and the ring still holds records: those wait for the next receiver.`,
		Example: "  tar c . | shmctl send x        and elsewhere: shmctl recv x | tar x\n  tail -f log | shmctl send log --lines",
		RunE: func(c *cobra.Command, args []string) error {
			p, err := ring.OpenProducer(args[0], &ring.Options{Dir: a.dir, Capacity: int64(size), Create: true})
			if err != nil {
				return err
			}
			start := time.Now()
			before := p.Stats()
			fed := make(chan error, 1)
			go func() { fed <- feed(c.Context(), p, c.InOrStdin(), lines) }()
			select {
			case err = <-fed:
			case <-c.Context().Done():
				// The reader of standard input cannot be woken; it ends with the program.
				err = c.Context().Err()
			}
			if err == nil {
				err = drained(c.Context(), a, args[0], p)
			}
			if err == nil && !keep && p.Stats().Records == before.Records {
				err = met(c.Context(), a, args[0])
			}
			after := p.Stats()
			err = errors.Join(err, p.Close())
			if !keep && (err == nil || after.Depth == 0) {
				err = errors.Join(err, leave(args[0], a))
			}
			if err != nil || a.output != "json" {
				return err
			}
			return a.tell(c, "", moved{Records: after.Records - before.Records, Bytes: after.Bytes - before.Bytes}, start)
		},
	}
	c.Flags().Var(sizeFlag{&size}, "size", "bytes of a new ring")
	c.Flags().BoolVar(&lines, "lines", false, "one record for each line")
	c.Flags().BoolVar(&keep, "keep", false, "leave the ring when done")
	return c
}

// feed sends what in yields.
func feed(ctx context.Context, p *ring.Producer, in io.Reader, lines bool) error {
	if lines {
		for s := bufio.NewReader(in); ; {
			line, err := s.ReadBytes('\n')
			if len(line) > 0 {
				if err := p.Send(ctx, line); err != nil {
					return err
				}
			}
			if err != nil {
				return end(err)
			}
		}
	}
	max := int(min(chunk, p.Stats().Capacity/4))
	for {
		slot, err := p.Reserve(ctx, max)
		if err != nil {
			return err
		}
		n, err := in.Read(slot)
		if n == 0 {
			p.Abort()
		} else if err := p.Commit(n); err != nil {
			return err
		}
		if err != nil {
			return end(err)
		}
	}
}

func end(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (a *app) recv() *cobra.Command {
	p := &printer{}
	var count uint64
	var keep bool
	size := demo.Size(ring.DefaultCapacity)
	c := &cobra.Command{
		Use: "recv NAME", Short: "receive from a ring to standard output", Args: a.names(1, "one NAME"), ValidArgsFunction: a.complete,
		Long: `recv takes the consumer's seat of a ring, which is made if it is missing, and
writes the records to standard output until the producer closes. A record is
given back to the producer when it is written.

The ring is removed afterwards, unless --keep or --count is set, or recv is
interrupted or fails and the ring still holds records.`,
		Example: "  shmctl recv x | tar x\n  shmctl recv log --count 10",
		RunE: func(c *cobra.Command, args []string) error {
			if a.output == "json" {
				p.format = "json"
			}
			if err := p.valid(); err != nil {
				return err
			}
			p.w = c.OutOrStdout()
			r, err := ring.OpenConsumer(args[0], &ring.Options{Dir: a.dir, Capacity: int64(size), Create: true})
			if err != nil {
				return err
			}
			err = drain(c.Context(), r, p, count)
			waits := r.Stats().Depth > 0
			err = errors.Join(err, r.Close())
			if keep || count > 0 || err != nil && waits {
				return err
			}
			return errors.Join(err, leave(args[0], a))
		},
	}
	c.Flags().Var(sizeFlag{&size}, "size", "bytes of a new ring")
	c.Flags().StringVar(&p.format, "format", "raw", "raw, text, hex or json (a line each, data in base64)")
	c.Flags().Uint64Var(&count, "count", 0, "stop after that many records; 0 is all")
	c.Flags().BoolVar(&keep, "keep", false, "leave the ring when done")
	return c
}

func drain(ctx context.Context, r *ring.Consumer, p *printer, count uint64) error {
	for n := uint64(0); count == 0 || n < count; n++ {
		rec, err := r.Next(ctx)
		if err != nil {
			return end(err)
		}
		if err := p.record(rec); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
		r.Release()
	}
	return nil
}

// leave removes the ring unless the other side is still there, who does it then.
func leave(name string, a *app) error {
	err := shm.Remove(name, a.region())
	if errors.Is(err, shm.ErrInUse) || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// met waits until a receiver is there: one that came after the end of an empty
// input would wait for it forever.
func met(ctx context.Context, a *app, name string) error {
	for {
		info, err := ring.Inspect(name, a.ring())
		if err != nil || info.Consumer.Seated {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// drained waits until the receiver has given everything back.
func drained(ctx context.Context, a *app, name string, p *ring.Producer) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for p.Stats().Depth > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if !p.Stats().PeerPresent {
			continue // not there yet, or closed before it had everything
		}
		info, err := ring.Inspect(name, a.ring())
		if err != nil {
			return err
		}
		if !info.Consumer.Seated && !info.Consumer.Closed && info.Depth > 0 {
			return ring.ErrPeerDead
		}
	}
	return nil
}
