package stream

import (
	"fmt"
	"runtime"
	"time"
)

// meter runs step, which does n operations, until it is warm, then in segments
// of equal counts. It is what limit.c does too.
func (s Spec) meter(step func(n int) error) (Out, error) {
	n := 64
	for start := time.Now(); ; {
		t := time.Now()
		if err := step(n); err != nil {
			return Out{}, err
		}
		took := time.Since(t)
		if took < s.Segment/4 {
			n *= 2
		} else if time.Since(start) > s.Warm {
			n = int(float64(n)*float64(s.Segment)/float64(took)) + 1
			break
		}
	}
	var o Out
	mallocs, total := allocated(), 0
	for range s.Segments {
		t := time.Now()
		if err := step(n); err != nil {
			return Out{}, err
		}
		o.Segments = append(o.Segments, float64(time.Since(t))/float64(n))
		total += n
	}
	o.Allocs = perOp(allocated()-mallocs, total)
	return o, nil
}

// drain meters step, says what came out, and goes on: the producer may not have
// said its part yet. The parent ends it.
func (s Spec) drain(step func(n int) error) error {
	o, err := s.meter(step)
	if err != nil {
		return err
	}
	if err := say(o); err != nil {
		return err
	}
	for {
		if err := step(1 << 12); err != nil {
			return nil // the producer was ended first
		}
	}
}

// few is what the meter itself may allocate: a clock reading costs nothing, but
// the runtime's own background work is counted too.
const few = 64

func perOp(mallocs uint64, n int) float64 {
	if mallocs <= few {
		return 0
	}
	return float64(mallocs) / float64(n)
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// pump runs step for ever, after saying what it allocates.
func (s Spec) pump(step func(n int) error) error {
	const block = 64
	for start := time.Now(); time.Since(start) < s.Warm/2; {
		if err := step(block); err != nil {
			return err
		}
	}
	mallocs, n := allocated(), 0
	for start := time.Now(); time.Since(start) < s.Warm/4; n += block {
		if err := step(block); err != nil {
			return err
		}
	}
	if err := say(Out{Allocs: perOp(allocated()-mallocs, n)}); err != nil {
		return err
	}
	for {
		if err := step(1 << 12); err != nil {
			return err
		}
	}
}

// wrong is the error of a consumer that got something else than it should.
func wrong(got, want uint64) error {
	return fmt.Errorf("record %d came where %d was due", got, want)
}
