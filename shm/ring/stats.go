package ring

import (
	"time"

	"github.com/absfs/shmkit/sigbus"
)

// Stats are the counters of one side. They live in the ring: a successor goes
// on counting, and they can be read after both sides died.
type Stats struct {
	Capacity    int64      // bytes
	Depth       int64      // bytes published and not yet given back, with headers
	Position    uint64     // bytes published or given back since the ring was made, headers and padding included
	Records     uint64     // the consumer's are those given back; a death in the middle of a call may count them twice
	Bytes       uint64     // of payload
	Lost        uint64     // records overwritten before the consumer read them, under FullOverwrite
	Waits       uint64     // times this side found the ring full or empty for more than a moment and waited
	WakeUps     uint64     // times it woke the other side
	HighWater   int64      // bytes: the greatest depth the consumer met
	PeerPresent bool       // the other side opened the ring and did not close it
	WakeLatency [16]uint64 // [i]: wake-ups of this side that took less than 2^i µs from the other's call, the last one those that took longer
	LastError   error      // ErrCorrupt or ErrPeerDead, if this side met one since it was opened
	Active      time.Time  // when this side was opened, closed or began to wait last
}

// Stats returns a snapshot; it is safe to call from any goroutine, never waits
// and takes nothing from the hot path. After Close, and when the file was
// truncated, it is zero.
func (s *side) Stats() Stats {
	var st Stats
	s.inside.others.Add(1)
	defer s.inside.others.Add(-1)
	if s.closed.Load() {
		return st
	}
	_ = sigbus.Guard(func() {
		st = s.mine.stats()
		st.Capacity = int64(s.mask + 1)
		st.HighWater = int64(max(load64(s.mine.highWater), load64(s.other.highWater)))
		st.Depth = min(depth(load64(s.mine.position), load64(s.other.position)), st.Capacity)
		st.Lost = max(load64(s.mine.lost), load64(s.other.lost))
		st.PeerPresent = load32(s.other.state) == stateOpen
	})
	return st
}

func (p page) stats() Stats {
	st := Stats{
		Position: load64(p.position), Records: load64(p.records), Bytes: load64(p.bytes),
		Waits: load64(p.waits), WakeUps: load64(p.wakeUps),
	}
	for i, w := range p.latency {
		st.WakeLatency[i] = load64(w)
	}
	switch load32(p.lastError) {
	case lastCorrupt:
		st.LastError = ErrCorrupt
	case lastPeerDead:
		st.LastError = ErrPeerDead
	case lastFault:
		st.LastError = sigbus.ErrFault
	}
	if ns := load64(p.active); ns != 0 {
		st.Active = time.Unix(0, int64(ns))
	}
	return st
}

// depth is the distance of two positions, whichever is ahead.
func depth(a, b uint64) int64 { return int64(min(a-b, b-a)) }
