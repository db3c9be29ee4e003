package metrics

import "github.com/absfs/shmkit/shm/ring"

type ringSource struct {
	name, side string
	stats      func() ring.Stats
}

// Producer shows the writing side of a ring under a name.
func Producer(name string, p *ring.Producer) Source { return ringSource{name, "producer", p.Stats} }

// Consumer shows the reading side of a ring under a name.
func Consumer(name string, c *ring.Consumer) Source { return ringSource{name, "consumer", c.Stats} }

func (s ringSource) read(in *scrape) {
	in.rings.add(s.name, s.side, ringStats{Stats: s.stats(), seated: 1}, addRings)
}

// ringStats are one side's counters and how it is doing.
type ringStats struct {
	ring.Stats
	seated, dead int
}

func addRings(a, b ringStats) ringStats {
	a.Capacity += b.Capacity
	a.Depth += b.Depth
	a.Records += b.Records
	a.Bytes += b.Bytes
	a.Waits += b.Waits
	a.WakeUps += b.WakeUps
	for i, n := range b.WakeLatency {
		a.WakeLatency[i] += n
	}
	a.HighWater = max(a.HighWater, b.HighWater)
	a.Lost += b.Lost
	a.PeerPresent = a.PeerPresent || b.PeerPresent
	if a.LastError == nil {
		a.LastError = b.LastError
	}
	if a.Active.Before(b.Active) {
		a.Active = b.Active
	}
	a.seated += b.seated
	a.dead += b.dead
	return a
}

func (e emitter) ring(s *schema, v ringStats, labels ...string) {
	e.counter(s.ringRecords, float64(v.Records), labels...)
	e.counter(s.ringBytes, float64(v.Bytes), labels...)
	e.counter(s.ringWaits, float64(v.Waits), labels...)
	e.counter(s.ringWakeUps, float64(v.WakeUps), labels...)
	e.histogram(s.ringWakeLatency, twos(v.WakeLatency[:]), labels...)
	e.gauge(s.ringDepth, float64(v.Depth), labels...)
	e.gauge(s.ringCapacity, float64(v.Capacity), labels...)
	e.gauge(s.ringHigh, float64(v.HighWater), labels...)
	e.counter(s.ringLost, float64(v.Lost), labels...)
	e.gauge(s.ringPeer, truth(v.PeerPresent), labels...)
	e.gauge(s.ringSeated, float64(v.seated), labels...)
	e.gauge(s.ringDead, float64(v.dead), labels...)
	e.gauge(s.ringFailed, truth(v.LastError != nil), labels...)
	var active float64
	if !v.Active.IsZero() {
		active = float64(v.Active.UnixMilli()) / 1000
	}
	e.gauge(s.ringActive, active, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
