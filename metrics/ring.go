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

func (e emitter) ring(s *schema, v ringStats, name, side string) {
	e = e.like(s.ringRecords, name, side)
	e.counter(s.ringRecords, float64(v.Records))
	e.counter(s.ringBytes, float64(v.Bytes))
	e.counter(s.ringWaits, float64(v.Waits))
	e.counter(s.ringWakeUps, float64(v.WakeUps))
	e.histogram(s.ringWakeLatency, twos(v.WakeLatency[:]))
	e.gauge(s.ringDepth, float64(v.Depth))
	e.gauge(s.ringCapacity, float64(v.Capacity))
	e.gauge(s.ringHigh, float64(v.HighWater))
	e.counter(s.ringLost, float64(v.Lost))
	e.gauge(s.ringPeer, truth(v.PeerPresent))
	e.gauge(s.ringSeated, float64(v.seated))
	e.gauge(s.ringDead, float64(v.dead))
	e.gauge(s.ringFailed, truth(v.LastError != nil))
	var active float64
	if !v.Active.IsZero() {
		active = float64(v.Active.UnixMilli()) / 1000
	}
	e.gauge(s.ringActive, active)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
