package metrics

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// BenchmarkScrapeThousandRingsOfTheHost is what `shmctl export` does for every
// scrape of a folder with a thousand rings: it attaches to each.
func BenchmarkScrapeThousandRingsOfTheHost(b *testing.B) {
	o := &ring.Options{Dir: b.TempDir(), Capacity: 4096}
	for i := range 1000 {
		if err := ring.Create(fmt.Sprint("r", i), o); err != nil {
			b.Fatal(err)
		}
	}
	scrapeForever(b, New(Host(o.Dir)))
}

func scrapeForever(b *testing.B, c *Collector) {
	h := c.Handler()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil)); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkSend sends and receives records of 64 bytes in one goroutine: with no
// metrics, with a collector that nobody asks, and with one that is scraped a
// hundred times a second.
func BenchmarkSend(b *testing.B) {
	for _, c := range []struct {
		name             string
		metrics, scraped bool
	}{{"metrics=off", false, false}, {"metrics=on", true, false}, {"metrics=scraped", true, true}} {
		b.Run(c.name, func(b *testing.B) {
			o := &ring.Options{Dir: b.TempDir(), Create: true}
			p, err := ring.OpenProducer("r", o)
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			r, err := ring.OpenConsumer("r", o)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			if c.metrics {
				collector := New(Producer("r", p), Consumer("r", r))
				if c.scraped {
					defer scrapeBeside(collector)()
				}
			}
			rec, buf := make([]byte, 64), make([]byte, 0, 64)
			b.SetBytes(64)
			b.ReportAllocs()
			for b.Loop() {
				if err := p.TrySend(rec); err != nil {
					b.Fatal(err)
				}
				if _, err := r.TryReceive(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// scrapeBeside scrapes c in a goroutine until it is told to stop.
func scrapeBeside(c *Collector) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for h, tick := c.Handler(), time.NewTicker(10*time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
			}
		}
	}()
	return func() { cancel(); <-done }
}
