package lock

import (
	"testing"
	"time"
)

func TestHistogramBoundsAreInclusive(t *testing.T) {
	for i := range Buckets - 1 {
		var h histogram
		h.observe(Bound(i))
		h.observe(Bound(i) + 1)
		s := h.snapshot()
		if s.Counts[i] != 1 || s.Counts[i+1] != 1 {
			t.Errorf("bound %v: %v", Bound(i), s.Counts)
		}
		if s.Sum != 2*Bound(i)+1 {
			t.Errorf("Sum = %v", s.Sum)
		}
	}
	var h histogram
	h.observe(-time.Second)
	h.observe(0)
	h.observe(time.Hour)
	if s := h.snapshot(); s.Counts[0] != 2 || s.Counts[Buckets-1] != 1 || s.Count() != 3 || s.Sum != time.Hour {
		t.Errorf("%+v", s)
	}
}

func TestStatsTimeOneHoldInSixtyFour(t *testing.T) {
	m := heapMutex(t)
	for range 10 * HoldSampling {
		if err := m.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := m.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if s := m.Stats(); s.Hold.Count() != 10 || s.Acquisitions != 10*HoldSampling || s.Waits != 0 {
		t.Fatalf("%+v", s)
	}
}
