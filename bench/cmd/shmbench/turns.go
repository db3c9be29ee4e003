package main

import (
	"math/rand/v2"
	"time"

	"github.com/absfs/shmkit/bench/cases"
	"github.com/absfs/shmkit/bench/report"
)

// inProcess runs a group of package cases.
func (o options) inProcess(g cases.Group) error {
	f := o.file(g.Name, g.Title, "one process, placed by the kernel, unless the case says otherwise")
	p := cases.Plan{Quick: o.quick, Segment: 20 * time.Millisecond}
	if o.quick {
		p.Segment = 10 * time.Millisecond
	}
	p.Segment /= time.Duration(max(1, g.Turns))
	list, closeAll, err := g.Open(o.dir, p)
	if err != nil {
		return err
	}
	for round := range o.rounds {
		progress("%s, round %d of %d", g.Name, round+1, o.rounds)
		if g.Turns == 0 {
			for _, c := range list {
				takeTurns(f, []cases.Case{c}, 1)
			}
			continue
		}
		for _, systems := range cases.Situations(list) {
			takeTurns(f, systems, g.Turns)
		}
	}
	if err := closeAll(); err != nil {
		return err
	}
	return f.Write(o.results)
}

// takeTurns measures the systems by turns, in another order each time, and adds the
// median of each to f.
func takeTurns(f *report.File, systems []cases.Case, turns int) {
	values, results := make([][]float64, len(systems)), make([]report.Result, len(systems))
	for range turns {
		for _, i := range rand.Perm(len(systems)) {
			c, r := systems[i], &results[i]
			if *r = (report.Result{System: c.System, Case: c.Name, Size: c.Size, Unit: c.Unit, Allocs: r.Allocs}); r.Unit == "" {
				r.Unit = "ns"
			}
			value, allocs, err := c.Segment()
			if err != nil {
				skip(f, *r, err)
				continue
			}
			if allocs >= 0 && (r.Allocs == nil || allocs < *r.Allocs) {
				r.Allocs = &allocs
			}
			values[i] = append(values[i], value)
		}
	}
	for i, v := range values {
		if len(v) > 0 {
			f.Add(results[i], []float64{report.Median(v)})
		}
	}
}
