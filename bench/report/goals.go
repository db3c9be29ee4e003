package report

import (
	"fmt"
	"strings"

	"github.com/absfs/shmkit/bench/cases"
	"github.com/absfs/shmkit/bench/stream"
)

// Cases of the groups that package main runs.
const (
	BackToBack = "back to back"
	Idle       = "both sides asleep"
	IdlePair   = "idle"
)

// Verdict is a goal, what was reached, and whether that is enough.
type Verdict struct {
	Area     string
	Goal     string
	Reached  string
	Measured bool
	Met      bool
}

// results are the groups by name.
type results map[string]*File

// best returns the best value of a system, 0 when there is none.
func (r results) best(group, system, kase string, size int64) float64 {
	v, ok := r[group].Find(system, kase, size)
	if !ok {
		return 0
	}
	return v.Best
}

// atMost is a goal of the form a/b <= limit.
func atMost(area, goal string, a, b, limit float64) Verdict {
	v := Verdict{Area: area, Goal: goal, Reached: "not measured"}
	if a > 0 && b > 0 {
		v.Measured, v.Met = true, a/b <= limit
		v.Reached = fmt.Sprintf("%.2f× (%s against %s)", a/b, nanos(a), nanos(b))
	}
	return v
}

// atLeast is a goal of the form: ours is so many times faster than theirs.
func atLeast(area, goal string, ours, theirs, factor float64) Verdict {
	v := Verdict{Area: area, Goal: goal, Reached: "not measured"}
	if ours > 0 && theirs > 0 {
		v.Measured, v.Met = true, theirs/ours >= factor
		v.Reached = fmt.Sprintf("%.1f× (%s against %s)", theirs/ours, nanos(ours), nanos(theirs))
	}
	return v
}

// within is a goal of the form value <= limit, in the unit of format.
func within(area, goal string, measured bool, value, limit float64, format string) Verdict {
	v := Verdict{Area: area, Goal: goal, Reached: "not measured", Measured: measured}
	if measured {
		v.Met, v.Reached = value <= limit, fmt.Sprintf(format, value)
	}
	return v
}

func nanos(ns float64) string {
	switch {
	case ns < 100:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1e4:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e7:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", ns/1e6)
}

// Judge holds the results against the goals. A goal that could not be measured
// is in the list too.
func Judge(files map[string]*File) []Verdict {
	r := results(files)
	v := r.ring()
	v = append(v, r.files()...)
	return append(v, r.rest()...)
}

func (r results) ring() (v []Verdict) {
	send := func(size int64) float64 { return r.best("stream", stream.RingSend, "", size) }
	for _, size := range []int64{8, 64, 256, 4096} {
		v = append(v, atMost("ring", fmt.Sprintf("Send/Next of %d B: at most 1.25 times the C limit", size),
			send(size), r.best("stream", stream.CLimit, "", size), 1.25))
	}
	v = append(v, r.noAllocs("ring", "Send/Next allocate nothing", "stream", stream.RingSend))
	v = append(v, atMost("ring", "SendBatch of 64 × 8 B: faster than the C limit's single sends",
		r.best("stream", stream.RingBatch, "", 8), r.best("stream", stream.CLimit, "", 8), 1))
	v = append(v, atLeast("ring", "64 B: at least 10 times a unix socket's message rate", send(64), r.best("stream", stream.Unix, "", 64), 10))
	v = append(v, atLeast("ring", "64 KiB: at least 3 times a unix socket's bandwidth", send(64<<10), r.best("stream", stream.Unix, "", 64<<10), 3))
	for _, rival := range []string{stream.Shmipc, stream.MmapRing} {
		v = append(v, r.aheadOf(rival))
	}
	trip := func(system, kase string) float64 { return r.best("latency", system, kase, 64) }
	v = append(v, atMost("ring", "64 B round trip, spinning: at most 2 times the C round trip",
		trip(stream.RingSpin, BackToBack), trip(stream.CLimit, BackToBack), 2))
	v = append(v, atMost("ring", "64 B round trip, blocking, both sides asleep: at most half a unix socket's",
		trip(stream.RingBlock, Idle), trip(stream.Unix, Idle), 0.5))
	idle, ok := r["idle"].Find("ring", IdlePair, 0)
	return append(v, within("ring", "an idle pair uses less than 1 % of a core", ok, idle.Median, 1, "%.2f %%"))
}

// aheadOf is the goal to be faster than a rival at every size measured; what is
// reached is the smallest lead.
func (r results) aheadOf(rival string) Verdict {
	least := Verdict{Area: "ring", Goal: "ahead of " + rival + " at every size", Reached: "not measured"}
	f := r["stream"]
	if f == nil {
		return least
	}
	lead := 0.0
	for _, other := range f.Results {
		if other.System != rival {
			continue
		}
		ours := r.best("stream", stream.RingSend, "", other.Size)
		if ours > 0 && (lead == 0 || other.Best/ours < lead) {
			lead = other.Best / ours
			least.Measured, least.Met = true, lead > 1
			least.Reached = fmt.Sprintf("%.1f× at %d B, the smallest lead (%s against %s)", lead, other.Size, nanos(ours), nanos(other.Best))
		}
	}
	return least
}

func (r results) noAllocs(area, goal, group string, systems ...string) Verdict {
	v := Verdict{Area: area, Goal: goal, Reached: "not measured"}
	if r[group] == nil {
		return v
	}
	worst := 0.0
	for _, result := range r[group].Results {
		for _, system := range systems {
			if result.System == system && result.Allocs != nil {
				v.Measured = true
				worst = max(worst, *result.Allocs)
			}
		}
	}
	if v.Measured {
		v.Met, v.Reached = worst < 1e-3, fmt.Sprintf("%.4f per operation at worst", worst)
	}
	return v
}

func (r results) files() (v []Verdict) {
	read := func(system, kase string, size int64) float64 { return r.best("reads", system, kase, size) }
	ours := read(cases.Whole, cases.Random, 64)
	for _, goal := range []struct {
		kase, where string
	}{{cases.Hot, "in the processor's cache"}, {cases.Random, "all over 64 MiB"}} {
		v = append(v, atLeast("memmapfs", "random ReadAt of 64 B, "+goal.where+": at least 20 times faster than os.File",
			read(cases.Whole, goal.kase, 64), read(cases.OSFile, goal.kase, 64), 20))
		v = append(v, atLeast("memmapfs", "random ReadAt of 4 KiB, "+goal.where+": at least 3 times faster than os.File",
			read(cases.Whole, goal.kase, 4096), read(cases.OSFile, goal.kase, 4096), 3))
	}
	exp := read(cases.ExpMmap, cases.Random, 64)
	v = append(v, within("memmapfs", "random ReadAt of 64 B: within 15 ns of x/exp/mmap", ours > 0 && exp > 0, ours-exp, 15, "%+.1f ns"))
	v = append(v, atMost("memmapfs", "sequential reads of 1 MiB: no slower than os.File (5 % is noise)",
		read(cases.Whole, cases.Sequential, 1<<20), read(cases.OSFile, cases.Sequential, 1<<20), 1.05))
	scaling := func(kase string) float64 { return r.best("scaling", cases.Whole, kase, 64) }
	v = append(v, atLeast("memmapfs", "two goroutines on two cores: at least 1.8 times one", scaling(cases.TwoGoroutines), scaling(cases.OneGoroutine), 1.8))
	v = append(v, atMost("memmapfs", "windowed: at most 1.3 times whole when the windows hold the working set",
		read(cases.Windowed, cases.Random, 64), ours, 1.3))
	for _, system := range []string{cases.Whole, cases.Ahead} {
		v = append(v, atLeast("memmapfs", "64 B append with "+system+": at least 10 times faster than os.File",
			r.best("append", system, cases.Append, 64), r.best("append", cases.OSFile, cases.Append, 64), 10))
	}
	seek, ok := r["append"].Find(cases.Whole, cases.Seek, 0)
	v = append(v, within("memmapfs", "Seek in at most 10 ns", ok, seek.Best, 10, "%.1f ns"))
	v = append(v, r.noAllocs("memmapfs", "reads allocate nothing", "reads", cases.Whole, cases.Windowed))
	v = append(v, r.noAllocs("memmapfs", "appends allocate nothing", "append", cases.Whole, cases.Ahead))
	memory, ok := r["memory"].Find(cases.Windowed, cases.PeakResident, 0)
	return append(v, within("memmapfs", fmt.Sprintf("memory while scanning through windows: below window × MaxWindows + 64 MiB = %d MiB", cases.WindowedLimit>>20),
		ok, memory.Worst, cases.WindowedLimit>>20, "%.0f MiB"))
}

func (r results) rest() (v []Verdict) {
	lock := func(system, kase string) float64 { return r.best("locks", system, kase, 0) }
	v = append(v, atMost("lock", "uncontended Mutex: at most 3 times sync.Mutex",
		lock(cases.ShmMutex, cases.Uncontended), lock(cases.SyncMutex, cases.Uncontended), 3))
	v = append(v, atLeast("lock", "contended between processes: at least 5 times faster than flock",
		lock(cases.ShmMutex, cases.Contended), lock(cases.FlockFile, cases.Contended), 5))
	guarded, plain := r.best("guard", cases.GuardedCopy, cases.OneCopy, 64), r.best("guard", cases.PlainCopy, cases.OneCopy, 64)
	v = append(v, within("sigbus", "guarded copy of 64 B: at most 12 ns over the plain one", guarded > 0 && plain > 0, guarded-plain, 12, "%+.1f ns"))
	v = append(v, r.noAllocs("sigbus", "guarded copies allocate nothing", "guard", cases.GuardedCopy))
	worst, _ := r["stall"].Find(cases.Whole, cases.WorstGap, 0)
	return append(v, atLeast("memmapfs", "cold reads: the worst gap of other goroutines in all rounds 4 times below the best a naive map has",
		worst.Worst, r.best("stall", cases.ExpMmap, cases.WorstGap, 0), 4))
}

// Table formats the verdicts as a Markdown table with a last line that counts.
func Table(verdicts []Verdict) string {
	var b strings.Builder
	b.WriteString("| | goal | reached | |\n|---|---|---|---|\n")
	met, missed, unknown := 0, 0, 0
	for _, v := range verdicts {
		word := "**missed**"
		switch {
		case !v.Measured:
			word = "not measured"
			unknown++
		case v.Met:
			word = "met"
			met++
		default:
			missed++
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Area, v.Goal, v.Reached, word)
	}
	fmt.Fprintf(&b, "\n%d goals: %d met, %d missed, %d not measured\n", len(verdicts), met, missed, unknown)
	return b.String()
}
