package metrics

import (
	"github.com/absfs/shmkit/internal/host"
	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/ring"
)

type hostSource struct{ dir string }

// Host shows every region and ring of a folder, of whatever process, alive or
// dead, and the space left there. An empty dir is the platform's. Files whose mode
// does not let this process read are not shown. It only reads; a ring is
// attached to for the instant it is looked at.
func Host(dir string) Source { return hostSource{dir} }

type spaceStats struct{ size, free uint64 }

func (s hostSource) read(in *scrape) {
	dir := s.dir
	if dir == "" {
		dir, _ = shmfile.DefaultDir()
	}
	if size, free, err := host.Space(dir); err == nil {
		in.space = &spaceStats{size, free}
	}
	// A folder that cannot be read has no regions to show.
	infos, _ := shm.List(&shm.Options{Dir: s.dir, AnyOwner: true})
	for i := range infos {
		in.region(infos[i].Name, &infos[i])
		if infos[i].Err != nil || infos[i].Kind != ring.Kind {
			continue
		}
		r, err := ring.Inspect(infos[i].Name, &ring.Options{Dir: s.dir})
		if err != nil {
			continue
		}
		in.side(r.Name, "producer", &r.Producer)
		in.side(r.Name, "consumer", &r.Consumer)
	}
}

func (in *scrape) side(name, side string, s *ring.SideInfo) {
	v := ringStats{Stats: s.Stats}
	switch {
	case s.Seated:
		v.seated = 1
	case !s.Closed && !s.Stats.Active.IsZero():
		v.dead = 1
	}
	in.rings.add(name, side, v, addRings)
}
