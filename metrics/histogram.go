package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// A durations is a histogram the packages kept: its first bucket holds what
// took up to a microsecond, each following bound is 2 or 4 times the one
// before, the last bucket has none.
type durations struct {
	counts []uint64
	sum    float64 // seconds
	schema int32   // of the native histogram whose bounds grow alike
}

// fours is a histogram whose bounds grow by fours.
func fours[T int64 | uint64](counts []T, sum time.Duration) durations {
	d := durations{sum: sum.Seconds(), schema: -1}
	for _, n := range counts {
		d.counts = append(d.counts, uint64(n))
	}
	return d
}

// twos is a histogram whose bounds grow by twos and whose sum was not kept:
// it is estimated as if every value lay in the middle of its bucket.
func twos(counts []uint64) durations {
	d := durations{counts: counts}
	for i, n := range counts {
		middle := 0.75 * d.bound(i)
		if i == 0 {
			middle = 0.5 * d.bound(0)
		}
		d.sum += float64(n) * middle
	}
	return d
}

// step is by how many powers of two a bound grows.
func (d durations) step() int { return 1 << -d.schema }

func (d durations) bound(i int) float64 { return (time.Microsecond << (d.step() * i)).Seconds() }

// microsecond is the power of two of a second that is nearest to a microsecond:
// 0.95 of one. The bounds of native histograms are powers of two.
const microsecond = -20

// histogram shows d both ways: with classic buckets, and as a native histogram
// to whoever asks for one. The bounds of the latter are 5 % below the true ones.
func (e emitter) histogram(desc *prometheus.Desc, d durations, labels ...string) {
	classic := make(map[float64]uint64, len(d.counts))
	native := make(map[int]int64, len(d.counts))
	var count uint64
	for i, n := range d.counts {
		count += n
		if i < len(d.counts)-1 {
			classic[d.bound(i)] = count
		}
		if i > 0 && n > 0 {
			native[microsecond/d.step()+i] = int64(n)
		}
	}
	c := prometheus.MustNewConstHistogram(desc, count, d.sum, classic, labels...)
	n, err := prometheus.NewConstNativeHistogram(desc, count, d.sum, native, nil, d.counts[0], d.schema, 1.0/(1<<-microsecond), time.Time{}, labels...)
	if err != nil {
		e.ch <- c
		return
	}
	e.ch <- both{c, n}
}

// both is a classic and a native histogram in one metric.
type both struct {
	prometheus.Metric
	native prometheus.Metric
}

func (b both) Write(out *dto.Metric) error {
	if err := b.native.Write(out); err != nil {
		return err
	}
	var classic dto.Metric
	if err := b.Metric.Write(&classic); err != nil {
		return err
	}
	out.Histogram.Bucket = classic.Histogram.Bucket
	out.Histogram.CreatedTimestamp = nil
	return nil
}
