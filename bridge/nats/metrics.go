package bridge

import "github.com/prometheus/client_golang/prometheus"

// Collector shows the Stats of one end, as labels end ("sender", "receiver") and
// stream, to Prometheus.
func Collector(end, stream string, stats func() Stats) prometheus.Collector {
	labels := prometheus.Labels{"end": end, "stream": stream}
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, labels) }
	return &collector{stats, []metric{
		{desc("shmbridge_records_total", "Records stored in the stream, or put into the ring."), func(s Stats) uint64 { return s.Records }},
		{desc("shmbridge_bytes_total", "Bytes of payload of these records."), func(s Stats) uint64 { return s.Bytes }},
		{desc("shmbridge_skipped_total", "Records found stored, or received, before."), func(s Stats) uint64 { return s.Skipped }},
		{desc("shmbridge_retries_total", "Times the server refused, did not answer, or was gone."), func(s Stats) uint64 { return s.Retries }},
	}}
}

type metric struct {
	desc *prometheus.Desc
	of   func(Stats) uint64
}

type collector struct {
	stats   func() Stats
	metrics []metric
}

func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.stats()
	for _, m := range c.metrics {
		ch <- prometheus.MustNewConstMetric(m.desc, prometheus.CounterValue, float64(m.of(s)))
	}
}
