package metrics

import "github.com/absfs/shmkit/shm/region"

type regionStats struct {
	size, allocated int64
	attached, bad   int
}

type regionSource struct{ r *region.Region }

// Region shows a region under its name. A scrape costs some tens of system
// calls for each.
func Region(r *region.Region) Source { return regionSource{r} }

func (s regionSource) read(in *scrape) {
	info := s.r.Info()
	in.region(s.r.Name(), &info)
}

func (in *scrape) region(name string, info *region.Info) {
	v := regionStats{size: info.Size, allocated: max(info.Allocated, 0), attached: info.Attached}
	if info.Err != nil {
		v.bad = 1
	}
	in.regions.add(name, "", v, func(a, b regionStats) regionStats {
		return regionStats{a.size + b.size, a.allocated + b.allocated, a.attached + b.attached, a.bad + b.bad}
	})
}

func (e emitter) region(s *schema, v regionStats, labels ...string) {
	e.gauge(s.regionSize, float64(v.size), labels...)
	e.gauge(s.regionAttached, float64(v.attached), labels...)
	e.gauge(s.regionAllocated, float64(v.allocated), labels...)
	e.gauge(s.regionBad, float64(v.bad), labels...)
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
