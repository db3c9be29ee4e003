package metrics

import (
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

type ringSource struct {
	name, side string
	stats      func() ring.Stats
}

// Producer shows the writing side of a ring under a name.
func Producer(name string, p *ring.Producer) Source { return ringSource{name, "producer", p.Stats} }

// Consumer shows the reading side of a ring under a name.
func Consumer(name string, c *ring.Consumer) Source { return ringSource{name, "consumer", c.Stats} }

func (s ringSource) read(in *scrape) { in.rings.add(s.name, s.side, s.stats(), addRings) }

func addRings(a, b ring.Stats) ring.Stats {
	a.Capacity += b.Capacity
	a.Depth += b.Depth
	a.Records += b.Records
	a.Bytes += b.Bytes
	a.Waits += b.Waits
	a.WakeUps += b.WakeUps
	a.HighWater = max(a.HighWater, b.HighWater)
	a.PeerPresent = a.PeerPresent || b.PeerPresent
	return a
}

func (e emitter) ring(s *schema, v ring.Stats, labels ...string) {
	e.counter(s.ringRecords, float64(v.Records), labels...)
	e.counter(s.ringBytes, float64(v.Bytes), labels...)
	e.counter(s.ringWaits, float64(v.Waits), labels...)
	e.counter(s.ringWakeUps, float64(v.WakeUps), labels...)
	e.gauge(s.ringDepth, float64(v.Depth), labels...)
	e.gauge(s.ringCapacity, float64(v.Capacity), labels...)
	e.gauge(s.ringHigh, float64(v.HighWater), labels...)
	e.gauge(s.ringPeer, truth(v.PeerPresent), labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

type regionStats struct {
	size     int64
	attached int
}

type regionSource struct{ r *region.Region }

// Region shows a region under its name. A scrape costs some tens of system
// calls for each.
func Region(r *region.Region) Source { return regionSource{r} }

func (s regionSource) read(in *scrape) {
	info := s.r.Info()
	in.regions.add(s.r.Name(), "", regionStats{info.Size, info.Attached}, func(a, b regionStats) regionStats {
		return regionStats{a.size + b.size, a.attached + b.attached}
	})
}

func (e emitter) region(s *schema, v regionStats, labels ...string) {
	e.gauge(s.regionSize, float64(v.size), labels...)
	e.gauge(s.regionAttached, float64(v.attached), labels...)
}

type regionsSource struct{}

// Regions shows what this process has done with regions.
func Regions() Source { return regionsSource{} }

func (regionsSource) read(in *scrape) {
	t := region.Stats()
	in.totals = &t
}

func (e emitter) totals(s *schema, t *region.Totals) {
	e.counter(s.regionsCreated, float64(t.Created))
	e.counter(s.regionsOpened, float64(t.Opened))
	e.counter(s.regionsRemoved, float64(t.Removed))
	e.counter(s.regionsReaped, float64(t.Reaped))
	e.counter(s.regionsRetries, float64(t.Retries))
	e.gauge(s.regionsAttached, float64(t.Attachments))
	e.gauge(s.regionsMapped, float64(t.MappedBytes))
}
