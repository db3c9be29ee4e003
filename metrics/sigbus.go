package metrics

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/absfs/shmkit/sigbus"
)

type sigbusSource struct{}

// Sigbus shows what package sigbus has counted in this process.
func Sigbus() Source { return sigbusSource{} }

func (sigbusSource) read(in *scrape) {
	c := sigbus.Stats()
	in.faults = &c
	sum := func(a, b uint64) uint64 { return a + b }
	for _, f := range c.Files {
		in.files.add(in.fileLabel(f.Name), "", f.Faults, sum)
	}
	if c.Others > 0 {
		in.files.add(other, "", c.Others, sum)
	}
}

// fileLabel is short and tells nothing about the path unless that is wanted.
func (in *scrape) fileLabel(path string) string {
	if in.opts.FileNames {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:6])
}

func (e emitter) faults(s *schema, c *sigbus.Counters) {
	e.counter(s.faultsRecovered, float64(c.Recovered))
	e.counter(s.faultsPassed, float64(c.Passed))
	e.counter(s.signalsSent, float64(c.Sent))
	e.gauge(s.faultRanges, float64(c.Registered))
}
