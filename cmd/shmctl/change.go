package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

// changed is what create, rm and reap show.
type changed struct {
	Created []string `json:"created,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Would   []string `json:"would_remove,omitempty"`
}

func (ch changed) table(w io.Writer) {
	for _, n := range ch.Created {
		row(w, "created "+n)
	}
	for _, n := range ch.Removed {
		row(w, "removed "+n)
	}
	for _, n := range ch.Would {
		row(w, "would remove "+n)
	}
}

func (a *app) create() *cobra.Command {
	size := demo.Size(ring.DefaultCapacity)
	var plain, keep, over bool
	c := &cobra.Command{
		Use: "create NAME", Short: "make an empty ring or region", Args: a.names(1, "one NAME"),
		Long:    "create makes an empty ring, or with --region a region of zeros.",
		Example: "  shmctl create orders --size 64MiB\n  shmctl create scratch --region --size 1GiB --persistent",
		RunE: func(c *cobra.Command, args []string) error {
			if size <= 0 {
				return fmt.Errorf("a size of %d bytes is no size", int64(size))
			}
			if !plain && keep {
				return fmt.Errorf("%w: --persistent goes with --region", errUsage)
			}
			if plain && over {
				return fmt.Errorf("%w: --overwrite is for rings", errUsage)
			}
			full := ring.FullWait
			if over {
				full = ring.FullOverwrite
			}
			if plain {
				r, err := shm.Create(args[0], int64(size), &shm.Options{Dir: a.dir, Persistent: keep})
				if err != nil {
					return err
				}
				if err := r.Close(); err != nil {
					return err
				}
			} else if err := ring.Create(args[0], &ring.Options{Dir: a.dir, Capacity: int64(size), Full: full}); err != nil {
				return err
			}
			ch := changed{Created: args}
			return a.show(c, ch, ch.table)
		},
	}
	c.Flags().Var(sizeFlag{&size}, "size", "bytes, for instance 64MiB; a ring's is rounded up to a power of two")
	c.Flags().BoolVar(&plain, "region", false, "make a plain region instead of a ring")
	c.Flags().BoolVar(&over, "overwrite", false, "a ring whose producer never waits: it overwrites the oldest records")
	c.Flags().BoolVar(&keep, "persistent", false, "reap leaves the region alone")
	return c
}

// sizeFlag names its type for the help.
type sizeFlag struct{ *demo.Size }

// Type is what the help calls the value.
func (sizeFlag) Type() string { return "bytes" }

func (a *app) rm() *cobra.Command {
	return &cobra.Command{
		Use: "rm NAME...", Short: "remove regions and rings nobody is attached to", ValidArgsFunction: a.complete,
		Long: `rm removes regions and rings by name. What a living process is attached to is
never removed; end the process first (shmctl info says which).`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%w: rm wants at least one NAME", errUsage)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var ch changed
			var errs []error
			for _, name := range args {
				if err := shm.Remove(name, a.region()); err != nil {
					errs = append(errs, err)
					continue
				}
				ch.Removed = append(ch.Removed, name)
			}
			return errors.Join(append(errs, a.show(c, ch, ch.table))...)
		},
	}
}

func (a *app) reap() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use: "reap", Short: "remove what no living process is attached to", Args: a.names(0, "no argument"),
		Long: `reap removes every region and ring of this user that no living process is
attached to. It asks the kernel, not process numbers. With -n it only tells what
it would remove. Persistent regions and those of other users stay.

A ring whose sides both died is removed with the records in it: look with ls
and dump before.`,
		Example: "  shmctl reap -n\n  shmctl reap",
		RunE: func(c *cobra.Command, _ []string) error {
			var ch changed
			var err error
			if dry {
				ch.Would, err = a.unused()
			} else {
				ch.Removed, err = shm.Reap(a.region())
			}
			return errors.Join(err, a.show(c, ch, ch.table))
		},
	}
	c.Flags().BoolVarP(&dry, "dry-run", "n", false, "only tell")
	return c
}

// unused names what reap would remove.
func (a *app) unused() ([]string, error) {
	infos, err := shm.List(a.region())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range infos {
		if i.Err == nil && i.Attached == 0 && !i.Persistent && mine(&i) {
			names = append(names, i.Name)
		}
	}
	return names, nil
}

// mine reports whether the region can be removed by this user as far as that
// can be told without trying.
func mine(i *region.Info) bool { return !errors.Is(i.Err, region.ErrOwner) }
