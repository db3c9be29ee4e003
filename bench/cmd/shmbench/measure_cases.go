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
	list, closeAll, err := g.Open(o.dir, p)
	if err != nil {
		return err
	}
	rounds := o.rounds * g.Often
	for round := range rounds {
		progress("%s, round %d of %d", g.Name, round+1, rounds)
		for _, systems := range cases.Situations(list) {
			for _, i := range rand.Perm(len(systems)) {
				measureCase(f, systems[i], g.Settle)
			}
		}
	}
	if err := closeAll(); err != nil {
		return err
	}
	return f.Write(o.results)
}

// measureCase adds to f what c takes when it has settled.
func measureCase(f *report.File, c cases.Case, settle int) {
	r := report.Result{System: c.System, Case: c.Name, Size: c.Size, Unit: c.Unit}
	if r.Unit == "" {
		r.Unit = "ns"
	}
	for range settle {
		if _, _, err := c.Segment(); err != nil {
			skip(f, r, err)
			return
		}
	}
	value, allocs, err := c.Segment()
	if err != nil {
		skip(f, r, err)
		return
	}
	if allocs >= 0 {
		r.Allocs = &allocs
	}
	f.Add(r, []float64{value})
}
