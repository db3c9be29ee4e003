package metrics

import (
	"testing"
	"time"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// shown returns the histogram that e.histogram sends.
func shown(t *testing.T, d durations) *dto.Histogram {
	t.Helper()
	ch := make(chan prometheus.Metric, 1)
	emitter{ch: ch}.histogram(prometheus.NewDesc("x_seconds", "x", nil, nil), d)
	var m dto.Metric
	if err := (<-ch).Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.Histogram
}

func TestHistogramsAreClassicAndNative(t *testing.T) {
	h := shown(t, fours([]uint64{3, 0, 2, 1}, time.Second))
	if h.GetSampleCount() != 6 || h.GetSampleSum() != 1 {
		t.Errorf("%d values, sum %v", h.GetSampleCount(), h.GetSampleSum())
	}
	var bounds []float64
	var counts []uint64
	for _, b := range h.Bucket {
		bounds, counts = append(bounds, b.GetUpperBound()), append(counts, b.GetCumulativeCount())
	}
	if len(bounds) != 3 || bounds[0] != 1e-6 || bounds[1] != 4e-6 || bounds[2] != 16e-6 || counts[0] != 3 || counts[1] != 3 || counts[2] != 5 {
		t.Errorf("classic buckets %v with %v", bounds, counts)
	}
	if h.GetSchema() != -1 || h.GetZeroCount() != 3 || h.GetZeroThreshold() != 1.0/(1<<20) {
		t.Errorf("schema %d, zero bucket of %d up to %v", h.GetSchema(), h.GetZeroCount(), h.GetZeroThreshold())
	}
	var native int64
	delta := int64(0)
	for _, d := range h.PositiveDelta {
		delta += d
		native += delta
	}
	if native != 3 || len(h.PositiveSpan) == 0 || h.PositiveSpan[0].GetOffset() != -8 {
		t.Errorf("native: %d values from %v", native, h.PositiveSpan)
	}
}

func TestSumsOfWakeLatenciesLieWithinTheirBuckets(t *testing.T) {
	h := shown(t, twos([]uint64{0, 0, 4, 0})) // 4 wake-ups of 2 to 4 µs
	if sum := h.GetSampleSum(); sum < 8e-6 || sum > 16e-6 {
		t.Errorf("sum %v", sum)
	}
	if h.GetSchema() != 0 || h.PositiveSpan[0].GetOffset() != -18 {
		t.Errorf("schema %d, %v", h.GetSchema(), h.PositiveSpan)
	}
}

func TestBoundsAreThoseOfThePackages(t *testing.T) {
	d := durations{schema: -1}
	for i := range lock.Buckets {
		if d.bound(i) != lock.Bound(i).Seconds() || d.bound(i) != memmapfs.SyncBound(i).Seconds() {
			t.Errorf("bucket %d: %v, %v, %v", i, d.bound(i), lock.Bound(i), memmapfs.SyncBound(i))
		}
	}
}
