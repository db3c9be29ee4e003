package ring

import (
	"fmt"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// PipeKind is the kind of the regions that hold a [Pipe], as region.Info shows it.
const PipeKind = "shmkit.pipe"

// pipeCapacity is the capacity of each direction of a pipe, unless the options
// name one.
const pipeCapacity = 64 << 10

// The payload of a pipe is two rings, one behind the other: the first carries
// what the dialling end writes, the second what the accepting end writes. Each
// end holds one seat of the region and both of its roles in the rings.
const (
	dialEnd   = 0
	acceptEnd = 1
)

func pipeOptions(o *Options) (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Capacity == 0 {
		c.Capacity = pipeCapacity
	}
	c.Full, c.TakeOver = FullWait, false
	return c.resolve()
}

// pipeRegion is what a pipe asks of the region beneath it.
func (o *Options) pipeRegion() *region.Options {
	half := dataOffset + o.Capacity
	return o.regionOf(PipeKind, func(payload []byte) error {
		if err := format(payload[:half], uint64(o.Capacity)); err != nil {
			return err
		}
		return format(payload[half:], uint64(o.Capacity))
	})
}

// halves are the two rings in a pipe's payload.
func halves(mem []byte) (rings [2][]byte, err error) {
	var h header
	if fault := sigbus.Guard(func() { h, err = parse(mem) }); fault != nil {
		return rings, fault
	}
	if err != nil {
		return rings, err
	}
	half := dataOffset + h.capacity
	if uint64(len(mem)) < 2*half {
		return rings, fmt.Errorf("two rings of %d bytes in %d: %w", half, len(mem), ErrCorrupt)
	}
	return [2][]byte{mem[:half:half], mem[half:]}, nil
}

// end is one end of a pipe, as the other end's peers.
type end struct {
	r    *region.Region
	seat int
}

func (e end) alive() (bool, error) { return e.r.SeatHeld(e.seat) }
