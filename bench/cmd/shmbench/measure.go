package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/absfs/shmkit/bench/cases"
	"github.com/absfs/shmkit/bench/climit"
	"github.com/absfs/shmkit/bench/report"
	"github.com/absfs/shmkit/bench/stream"
	"github.com/absfs/shmkit/shm/ring"
)

// measure runs the wanted groups, one after the other.
func (o options) measure() error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "shmbench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	if err := os.MkdirAll(o.results, 0o755); err != nil {
		return err
	}
	c, err := climit.Build(o.dir)
	if err != nil {
		progress("the C limit is left out: %v", err)
	}
	for _, step := range []struct {
		group string
		run   func(c string, cErr error) (*report.File, error)
	}{{"stream", o.stream}, {"latency", o.latency}, {"idle", o.idle}} {
		if !o.wants(step.group) {
			continue
		}
		f, ferr := step.run(c, err)
		if ferr != nil {
			return fmt.Errorf("%s: %w", step.group, ferr)
		}
		if err := f.Write(o.results); err != nil {
			return err
		}
	}
	for _, g := range cases.Groups {
		if o.wants(g.Name) {
			if err := o.inProcess(g); err != nil {
				return fmt.Errorf("%s: %w", g.Name, err)
			}
		}
	}
	return nil
}

func (o options) placement() (text string, first, second int) {
	if o.free {
		return "two processes, placed by the kernel", -1, -1
	}
	return "two processes, the producer bound to processor 0, the consumer to processor 1", 0, 1
}

func (o options) spec() stream.Spec {
	s := stream.Spec{Capacity: ring.DefaultCapacity, Warm: 100 * time.Millisecond, Segment: 20 * time.Millisecond, Segments: 15}
	if o.quick {
		s.Warm, s.Segment, s.Segments = 60*time.Millisecond, 10*time.Millisecond, 12
	}
	return s
}

// settled is what one pair of processes says about a system: the middle of its
// segments. A single segment would flatter systems with much room under way,
// whose reader may work off in it what was written before.
func settled(segments []float64) []float64 {
	s := slices.Sorted(slices.Values(segments))
	if len(s) == 0 {
		return nil
	}
	return s[len(s)/2 : len(s)/2+1]
}

func (o options) stream(c string, cErr error) (*report.File, error) {
	placement, first, second := o.placement()
	f := o.file("stream", "Records from one process to another", fmt.Sprintf("%s; rings of %d MiB", placement, ring.DefaultCapacity>>20))
	sizes := []int{8, 64, 256, 1 << 10, 4 << 10, 64 << 10}
	if o.quick {
		sizes = []int{8, 64, 256, 4 << 10, 64 << 10}
	}
	systems := append([]string{stream.CLimit, stream.CBatch}, stream.Systems...)
	for round := range o.rounds {
		progress("stream, round %d of %d", round+1, o.rounds)
		for _, size := range sizes {
			for _, system := range systems {
				s := o.spec()
				s.System, s.Size = system, size
				r := report.Result{System: system, Size: int64(size), Unit: "ns"}
				if system == stream.CLimit || system == stream.CBatch {
					mode := climit.Stream
					if system == stream.CBatch {
						mode = climit.Batch
					}
					o.limit(f, r, mode, s, c, cErr, first, second)
					continue
				}
				a, b, err := s.Pair(stream.Produce, stream.Consume, first, second)
				if err != nil {
					skip(f, r, err)
					continue
				}
				allocs := a.Allocs + b.Allocs
				r.Allocs = &allocs
				f.Add(r, settled(b.Segments))
			}
		}
	}
	return f, nil
}

func (o options) limit(f *report.File, r report.Result, mode climit.Mode, s stream.Spec, c string, cErr error, first, second int) {
	if cErr != nil {
		skip(f, r, cErr)
		return
	}
	segments, err := climit.Run{
		Mode: mode, Size: s.Size, Capacity: s.Capacity, WarmMS: int(s.Warm.Milliseconds()),
		Segments: s.Segments, SegmentM: int(s.Segment.Milliseconds()), ProducerCPU: first, ConsumerCPU: second,
	}.Do(c)
	if err != nil {
		skip(f, r, err)
		return
	}
	f.Add(r, settled(segments))
}

func skip(f *report.File, r report.Result, err error) {
	progress("%s %s %d: %v", r.System, r.Case, r.Size, err)
	f.Skipped = append(f.Skipped, report.Skip{System: r.System, Case: r.Case, Size: r.Size, Reason: err.Error()})
}

// pause is long enough for both sides of an idle pair to fall asleep.
const pause = time.Millisecond

func (o options) latency(c string, cErr error) (*report.File, error) {
	placement, first, second := o.placement()
	f := o.file("latency", "A record of 64 bytes there and back", placement)
	for round := range o.rounds {
		progress("latency, round %d of %d", round+1, o.rounds)
		s := o.spec()
		s.Size = 64
		o.limit(f, report.Result{System: stream.CLimit, Case: report.BackToBack, Size: 64, Unit: "ns"}, climit.PingPong, s, c, cErr, first, second)
		for _, system := range []string{stream.RingSpin, stream.RingBlock, stream.Unix} {
			for _, kase := range []string{report.BackToBack, report.Idle} {
				if kase == report.Idle && system == stream.RingSpin {
					continue
				}
				s := s
				s.System = system
				if kase == report.Idle {
					s.Pause = pause
					s.Segment *= 2
				}
				r := report.Result{System: system, Case: kase, Size: 64, Unit: "ns"}
				_, b, err := s.Pair(stream.Echo, stream.Ping, first, second)
				if err != nil {
					skip(f, r, err)
					continue
				}
				r.Quantiles, r.Allocs = b.Quantiles, &b.Allocs
				f.Add(r, settled(b.Segments))
			}
		}
	}
	return f, nil
}

func (o options) idle(string, error) (*report.File, error) {
	placement, first, second := o.placement()
	f := o.file("idle", "A pair that waits and has nothing to do", placement)
	for range min(o.rounds, 3) {
		s := o.spec()
		s.Warm = 12 * time.Second
		if o.quick {
			s.Warm = 4 * time.Second
		}
		r := report.Result{System: "ring", Case: report.IdlePair, Unit: "% of a core"}
		a, b, err := s.Pair(stream.IdleProducer, stream.IdleConsumer, first, second)
		if err != nil {
			skip(f, r, err)
			continue
		}
		f.Add(r, []float64{100 * (a.CPU + b.CPU)})
	}
	return f, nil
}
