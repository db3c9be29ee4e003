package ring

import (
	"errors"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// Info is what anybody who may read a ring can see of it.
type Info struct {
	Name     string
	ID       ID
	Capacity int64 // bytes
	Depth    int64 // bytes published and not yet given back, with headers
	// Overwrites says that the ring was made with FullOverwrite.
	Overwrites bool
	Producer   SideInfo
	Consumer   SideInfo
}

// SideInfo is one side of a ring.
type SideInfo struct {
	Seated bool // a living process has the seat
	Closed bool // the last one closed; neither Seated nor Closed: it died, or never was
	Stats  Stats
}

// Inspect looks at a ring without taking a seat and without disturbing it; it
// works as well when both sides are dead. A ring of another user is shown too if
// its mode allows: nothing in it is trusted. Errors are those of region.Open,
// [ErrCorrupt] and [ErrVersion].
func Inspect(name string, o *Options) (Info, error) {
	opts, err := o.resolve()
	if err != nil {
		return Info{}, named("inspect", name, err)
	}
	r, err := region.Open(name, &region.Options{Dir: opts.Dir, ReadOnly: true, AnyOwner: true, Kind: kind, Version: formatVersion})
	if err != nil {
		return Info{}, err
	}
	info := Info{Name: name}
	err = info.read(r)
	return info, errors.Join(named("inspect", where(r), err), r.Close())
}

func (i *Info) read(r *region.Region) (err error) {
	if i.Producer.Seated, err = r.SeatHeld(producerSeat); err != nil {
		return err
	}
	if i.Consumer.Seated, err = r.SeatHeld(consumerSeat); err != nil {
		return err
	}
	mem := r.Bytes()
	fault := sigbus.Guard(func() {
		var h header
		if h, err = parse(mem); err != nil {
			return
		}
		p, c := pageAt(mem, producerPage), pageAt(mem, consumerPage)
		i.ID, i.Capacity = h.id, int64(h.capacity)
		i.Depth = min(depth(load64(p.position), load64(c.position)), i.Capacity)
		i.Overwrites = h.lossy
		i.Producer.fill(p, c, i)
		i.Consumer.fill(c, p, i)
	})
	return errors.Join(fault, err)
}

func (s *SideInfo) fill(mine, other page, i *Info) {
	s.Closed = load32(mine.state) == stateClosed
	s.Stats = mine.stats()
	s.Stats.Capacity, s.Stats.Depth = i.Capacity, i.Depth
	s.Stats.HighWater = int64(max(load64(mine.highWater), load64(other.highWater)))
	s.Stats.Lost = max(load64(mine.lost), load64(other.lost))
	s.Stats.PeerPresent = load32(other.state) == stateOpen
}
