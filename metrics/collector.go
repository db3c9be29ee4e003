package metrics

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options say how metrics are shown. The zero value is legal.
type Options struct {
	// Labels are put on every metric.
	Labels prometheus.Labels
	// MaxNames bounds the values of each label; 0 means 1,000.
	MaxNames int
	// FileNames shows the paths of files that faulted instead of a hash.
	FileNames bool
}

// other is what the sources beyond MaxNames are called.
const other = "(other)"

// A Source is something with counters: see FS, Producer, Consumer, Region,
// Regions, Lock, Sigbus and Host.
type Source interface {
	read(into *scrape)
}

// A Collector reads its sources when it is scraped. Its methods may be called
// by several goroutines.
type Collector struct {
	opts    Options
	schema  *schema
	mu      sync.Mutex
	sources map[*entry]struct{}
}

type entry struct{ Source }

// New makes a collector of sources with the default options.
func New(sources ...Source) *Collector { return NewWith(Options{}, sources...) }

// NewWith makes a collector of sources.
func NewWith(o Options, sources ...Source) *Collector {
	if o.MaxNames <= 0 {
		o.MaxNames = 1000
	}
	c := &Collector{opts: o, schema: newSchema(o.Labels), sources: make(map[*entry]struct{})}
	for _, s := range sources {
		c.Add(s)
	}
	return c
}

// Add shows one more source. remove takes it away again; call it before the
// source is closed if its last values are not to be shown as zeros.
func (c *Collector) Add(s Source) (remove func()) {
	e := &entry{s}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources[e] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.sources, e)
	}
}

// Describe sends every metric this package knows, whatever the sources.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) { c.schema.describe(ch) }

// Collect reads every source.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	sources := make([]Source, 0, len(c.sources))
	for e := range c.sources {
		sources = append(sources, e.Source)
	}
	c.mu.Unlock()
	into := newScrape(&c.opts)
	for _, s := range sources {
		s.read(into)
	}
	into.emit(c.schema, ch)
}

// Register makes a collector of sources and puts it into reg.
func Register(reg prometheus.Registerer, sources ...Source) (*Collector, error) {
	c := New(sources...)
	return c, reg.Register(c)
}

// Handler serves a collector of sources, and nothing else, in the formats
// Prometheus reads.
func Handler(sources ...Source) http.Handler { return New(sources...).Handler() }

// Handler serves the collector, and nothing else, in the formats Prometheus
// reads.
func (c *Collector) Handler() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

var _ prometheus.Collector = (*Collector)(nil)
