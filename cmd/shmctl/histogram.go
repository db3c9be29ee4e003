package main

import (
	"fmt"
	"io"
	"math/bits"
	"slices"
	"time"

	"github.com/absfs/shmkit/internal/demo"
)

// benchResult is what bench shows.
type benchResult struct {
	Throughput []speed `json:"throughput"`
	RoundTrip  latency `json:"round_trip"`
}

type speed struct {
	RecordBytes    int     `json:"record_bytes"`
	Records        uint64  `json:"records"`
	Seconds        float64 `json:"seconds"`
	PerSecond      float64 `json:"records_per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"`
}

type latency struct {
	Samples   int      `json:"samples"`
	Min       int64    `json:"min_ns"`
	P50       int64    `json:"p50_ns"`
	P90       int64    `json:"p90_ns"`
	P99       int64    `json:"p99_ns"`
	P999      int64    `json:"p999_ns"`
	Max       int64    `json:"max_ns"`
	Histogram []bucket `json:"histogram"`
}

// A bucket counts what took less than UpTo and not less than half of it.
type bucket struct {
	UpTo  int64 `json:"up_to_ns"`
	Count int   `json:"count"`
}

// summarize sorts trips.
func summarize(trips []time.Duration) latency {
	if len(trips) == 0 {
		return latency{}
	}
	slices.Sort(trips)
	at := func(q float64) int64 { return int64(trips[min(int(q*float64(len(trips))), len(trips)-1)]) }
	l := latency{Samples: len(trips), Min: at(0), P50: at(.5), P90: at(.9), P99: at(.99), P999: at(.999), Max: at(1)}
	for _, t := range trips {
		top := int64(1) << bits.Len64(uint64(max(t, 0)))
		for n := len(l.Histogram); n == 0 || l.Histogram[n-1].UpTo < top; n = len(l.Histogram) {
			next := top
			if n > 0 {
				next = 2 * l.Histogram[n-1].UpTo // no gap in the picture
			}
			l.Histogram = append(l.Histogram, bucket{UpTo: next})
		}
		l.Histogram[len(l.Histogram)-1].Count++
	}
	return l
}

func (r benchResult) table(w io.Writer) {
	row(w, "RECORD", "RECORDS/S", "BYTES/S")
	for _, t := range r.Throughput {
		row(w, demo.Bytes(int64(t.RecordBytes)), fmt.Sprintf("%.0f", t.PerSecond), demo.Bytes(int64(t.BytesPerSecond))+"/s")
	}
	l := r.RoundTrip
	ns := func(n int64) time.Duration { return time.Duration(n) }
	fmt.Fprintf(w, "\nround trip of 64 bytes, %d of them: p50 %v, p90 %v, p99 %v, p99.9 %v, min %v, max %v\n",
		l.Samples, ns(l.P50), ns(l.P90), ns(l.P99), ns(l.P999), ns(l.Min), ns(l.Max))
	tallest := 1
	for _, b := range l.Histogram {
		tallest = max(tallest, b.Count)
	}
	for _, b := range l.Histogram {
		row(w, fmt.Sprintf("< %v", ns(b.UpTo)), b.Count, bar(float64(b.Count)/float64(tallest), 40))
	}
}
