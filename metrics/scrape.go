package metrics

import (
	"maps"
	"slices"
	"strings"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
	"github.com/prometheus/client_golang/prometheus"
)

// A scrape gathers what the sources say, by labels, before anything is shown.
type scrape struct {
	opts       *Options
	rings      group[ringStats]
	regions    group[regionStats]
	locks      group[lock.Stats]
	files      group[uint64]
	totals     *region.Totals
	faults     *sigbus.Counters
	systems    group[fsStats]
	pageFaults *pageFaults
	space      *spaceStats
}

func newScrape(o *Options) *scrape {
	return &scrape{
		opts:  o,
		rings: newGroup[ringStats](o.MaxNames), regions: newGroup[regionStats](o.MaxNames),
		locks: newGroup[lock.Stats](o.MaxNames), files: newGroup[uint64](o.MaxNames),
		systems: newGroup[fsStats](o.MaxNames),
	}
}

// A group adds up values with equal labels and bounds how many labels there are.
type group[T any] struct {
	max    int
	values map[string]T
	names  map[string]struct{}
}

func newGroup[T any](max int) group[T] {
	return group[T]{max: max, values: make(map[string]T), names: make(map[string]struct{})}
}

// add puts v under name and the label that is bounded by itself.
func (g *group[T]) add(name, fixed string, v T, sum func(a, b T) T) {
	name = readable(name)
	if _, ok := g.names[name]; !ok && len(g.names) >= g.max {
		name = other
	} else {
		g.names[name] = struct{}{}
	}
	key := name + "\x00" + fixed
	if old, ok := g.values[key]; ok {
		v = sum(old, v)
	}
	g.values[key] = v
}

// readable is name as a label can have it. A path may hold any bytes, and Prometheus
// refuses a whole scrape for one label that is no UTF-8.
func readable(name string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", "\uFFFD")
}

// each calls f in the order of the labels.
func (g *group[T]) each(f func(name, fixed string, v T)) {
	for _, key := range slices.Sorted(maps.Keys(g.values)) {
		name, fixed, _ := strings.Cut(key, "\x00")
		f(name, fixed, g.values[key])
	}
}

func (in *scrape) emit(s *schema, ch chan<- prometheus.Metric) {
	e := emitter{ch: ch}
	in.rings.each(func(name, side string, v ringStats) { e.ring(s, v, name, side) })
	in.regions.each(func(name, _ string, v regionStats) { e.region(s, v, name) })
	in.locks.each(func(name, _ string, v lock.Stats) { e.lock(s, v, name) })
	in.fileSystems(s, e)
	if in.space != nil {
		e.gauge(s.spaceSize, float64(in.space.size))
		e.gauge(s.spaceFree, float64(in.space.free))
	}
	if in.totals != nil {
		e.totals(s, in.totals)
	}
	if in.faults != nil {
		e.faults(s, in.faults)
		in.files.each(func(name, _ string, n uint64) { e.counter(s.faultFiles, float64(n), name) })
	}
}
