package metrics

import (
	"time"

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

// shown is d both ways: with classic buckets, and as a native histogram for
// whoever asks for one. The bounds of the latter are 5 % below the true ones.
func (d durations) shown() *dto.Histogram {
	var count uint64
	h := &dto.Histogram{
		SampleSum: &d.sum, Schema: &d.schema, ZeroCount: &d.counts[0], ZeroThreshold: new(1.0 / (1 << -microsecond)),
		Bucket: make([]*dto.Bucket, len(d.counts)-1),
	}
	first, last := 0, 0 // of the buckets above the lowest that are not empty
	for i, n := range d.counts {
		count += n
		if i < len(h.Bucket) {
			h.Bucket[i] = &dto.Bucket{UpperBound: new(d.bound(i)), CumulativeCount: new(count)}
		}
		if i > 0 && n > 0 {
			if last = i; first == 0 {
				first = i
			}
		}
	}
	h.SampleCount = &count
	if first == 0 { // a span of nothing still says that the histogram is native
		h.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32), Length: new(uint32)}}
		return h
	}
	h.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32(microsecond/d.step() + first)), Length: new(uint32(last - first + 1))}}
	before := int64(0)
	for _, n := range d.counts[first : last+1] {
		h.PositiveDelta = append(h.PositiveDelta, int64(n)-before)
		before = int64(n)
	}
	return h
}
