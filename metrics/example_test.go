package metrics_test

import (
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/absfs/shmkit/metrics"
	"github.com/absfs/shmkit/shm/ring"
)

// A program shows its rings, beside whatever else it serves.
func Example() {
	dir, err := os.MkdirTemp("", "metrics")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p, err := ring.OpenProducer("prices", &ring.Options{Dir: dir, Create: true, Capacity: 1 << 16})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for range 3 {
		if err := p.TrySend([]byte("EURUSD 1.0842")); err != nil {
			log.Fatal(err)
		}
	}

	handler := metrics.Handler(metrics.Producer("prices", p)) // http.Handle("/metrics", handler)

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "shm_ring_records_total") {
			fmt.Print(line)
		}
	}
	// Output: shm_ring_records_total{ring="prices",side="producer"} 3
}
