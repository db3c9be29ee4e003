package ring

import (
	"fmt"
	"io/fs"
	"log/slog"
	"math/bits"
	"time"

	"github.com/absfs/shmkit/shm/region"
)

// DefaultCapacity is the number of data bytes of a ring made without
// Options.Capacity. It is more than one core's cache of its own holds and less than
// what cores share: a consumer on another core then reads long records where the
// producer's core has put them down, and need not ask that core for each line.
const DefaultCapacity = 4 << 20

// Options say how a ring is found, made and used. The zero value and nil are legal.
type Options struct {
	// Dir is the folder that holds the ring, as in region.Options.
	Dir string
	// Capacity is the number of data bytes of a new ring, rounded up to a power
	// of two; 0 is DefaultCapacity. Openers of an existing ring ignore it.
	Capacity int64
	// Create makes a missing ring.
	Create bool
	// Perm are the permission bits of a new ring; 0 means 0600.
	Perm fs.FileMode
	// Group is the group, by name or number, a new ring is given to: with Perm 0660
	// its members can use the ring.
	Group string
	// AnyOwner accepts a ring, or the other end of a connection, that another user
	// made. That user can truncate and change it at any time, which is an error for
	// this side and no more.
	AnyOwner bool
	// Schema marks a new ring with the type of its records; openers that set it
	// refuse a ring of another, with region.ErrSchema. The typed openers set it.
	Schema region.Schema
	// Wait says how a side waits.
	Wait WaitStrategy
	// WaitForPeer waits on for a successor when the other side died, instead of
	// returning ErrPeerDead.
	WaitForPeer bool
	// Full says what a producer does when there is no space.
	Full FullPolicy
	// Untrusted makes Next hand out private copies, so that a peer that goes on
	// writing changes nothing the program has checked already.
	Untrusted bool
	// TakeOver takes the seat from a living process: the one that has it ends at
	// its next operation, or within a wait, with ErrTakenOver; this one goes on
	// exactly where it stopped.
	TakeOver bool
	// TakeOverWait is how long the one in the seat may take; 0 means 5 s. Then
	// opening fails with ErrBusy.
	TakeOverWait time.Duration
	// Logger is told once when the other side dies, when shared memory is found
	// corrupt or gone, and when the seat is taken over. Nil: nobody is.
	Logger *slog.Logger
}

// FullPolicy says what a producer does when there is no space.
type FullPolicy int

const (
	// FullWait waits for the consumer.
	FullWait FullPolicy = iota
	// FullFail returns ErrFull, as the Try methods do.
	FullFail
	// FullOverwrite makes a ring whose producer never waits: it overwrites the
	// oldest records, and Consumer.Lost says how many the consumer missed. It is
	// a property of the ring that Create or the first opener gives it; openers
	// of a ring that has it need not ask for it, and asking it of another ring is
	// fs.ErrInvalid.
	FullOverwrite
)

// WaitStrategy says how a side waits for the other.
type WaitStrategy int

const (
	// WaitBlock spins for a moment, yields, then sleeps in the kernel.
	WaitBlock WaitStrategy = iota
	// WaitYield never sleeps but lets other goroutines run.
	WaitYield
	// WaitSpin never sleeps and rarely yields: for a core of its own.
	WaitSpin
)

// Kind is the kind of the regions that hold rings, as region.Info shows it.
const Kind = "shmkit.ring"

const kind = Kind

func (o *Options) resolve() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Capacity == 0 {
		c.Capacity = DefaultCapacity
	}
	if c.Capacity < minCapacity || c.Capacity > maxCapacity {
		return c, fmt.Errorf("capacity %d: %w", c.Capacity, ErrCapacity)
	}
	if c.Capacity&(c.Capacity-1) != 0 {
		c.Capacity = 1 << bits.Len64(uint64(c.Capacity))
	}
	if c.Wait < WaitBlock || c.Wait > WaitSpin {
		return c, fmt.Errorf("wait strategy %d: %w", c.Wait, fs.ErrInvalid)
	}
	if c.Full < FullWait || c.Full > FullOverwrite {
		return c, fmt.Errorf("full policy %d: %w", c.Full, fs.ErrInvalid)
	}
	if c.TakeOverWait < 0 {
		return c, fmt.Errorf("take-over wait %v: %w", c.TakeOverWait, fs.ErrInvalid)
	}
	if c.TakeOverWait == 0 {
		c.TakeOverWait = 5 * time.Second
	}
	return c, nil
}

// region is what the ring asks of the region beneath it.
func (o *Options) region() *region.Options {
	r := o.regionOf(kind, func(payload []byte) error {
		if o.Full == FullOverwrite {
			return formatAs(lossyVersion, payload, uint64(o.Capacity))
		}
		return format(payload, uint64(o.Capacity))
	})
	r.Create, r.Schema = o.Create, o.Schema
	return r
}

// regionOf is what all kinds of regions of this package have in common.
func (o *Options) regionOf(kind string, init func(payload []byte) error) *region.Options {
	return &region.Options{
		Dir: o.Dir, Perm: o.Perm, Group: o.Group, AnyOwner: o.AnyOwner,
		Kind: kind, Version: formatVersion, Init: init,
	}
}
