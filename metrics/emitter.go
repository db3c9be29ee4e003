package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// An emitter sends metrics of a schema to a channel.
type emitter struct {
	ch    chan<- prometheus.Metric
	pairs []*dto.LabelPair
}

// like is an emitter of metrics that have the labels of d. Making them once is
// what a scrape of thousands of rings saves most by.
func (e emitter) like(d *prometheus.Desc, labels ...string) emitter {
	return emitter{e.ch, prometheus.MakeLabelPairs(d, labels)}
}

func (e emitter) counter(d *prometheus.Desc, v float64, labels ...string) {
	e.send(&sample{desc: d, counter: &dto.Counter{Value: &v}}, labels)
}

func (e emitter) gauge(d *prometheus.Desc, v float64, labels ...string) {
	e.send(&sample{desc: d, gauge: &dto.Gauge{Value: &v}}, labels)
}

func (e emitter) histogram(d *prometheus.Desc, v durations, labels ...string) {
	e.send(&sample{desc: d, histogram: v.shown()}, labels)
}

func (e emitter) send(s *sample, labels []string) {
	if s.labels = e.pairs; s.labels == nil {
		s.labels = prometheus.MakeLabelPairs(s.desc, labels)
	}
	e.ch <- s
}

// A sample is a value as it was when its source was read.
type sample struct {
	desc      *prometheus.Desc
	labels    []*dto.LabelPair
	counter   *dto.Counter
	gauge     *dto.Gauge
	histogram *dto.Histogram
}

func (s *sample) Desc() *prometheus.Desc { return s.desc }

func (s *sample) Write(out *dto.Metric) error {
	out.Label, out.Counter, out.Gauge, out.Histogram = s.labels, s.counter, s.gauge, s.histogram
	return nil
}
