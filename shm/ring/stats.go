package ring

import "github.com/absfs/shmkit/sigbus"

// Stats are the counters of one side. They live in the ring: a successor goes
// on counting, and they can be read after both sides died.
type Stats struct {
	Capacity    int64 // bytes
	Depth       int64 // bytes committed and not yet released
	Records     uint64
	Bytes       uint64 // of payload
	Waits       uint64 // times the side found the ring full or empty and waited
	WakeUps     uint64 // times it woke the other side
	HighWater   int64  // bytes; the greatest depth the producer saw
	PeerPresent bool   // the other side opened the ring and did not close it
}

// Stats returns a snapshot; it is safe to call from any goroutine and never
// waits. After Close, and when the file was truncated, all counters are zero.
func (s *side) Stats() Stats {
	s.life.RLock()
	defer s.life.RUnlock()
	var st Stats
	if s.closed.Load() {
		return st
	}
	_ = sigbus.Guard(func() {
		st = Stats{
			Capacity: int64(s.mask + 1),
			Records:  load64(s.mine.records), Bytes: load64(s.mine.bytes),
			Waits: load64(s.mine.waits), WakeUps: load64(s.mine.wakeups), HighWater: int64(load64(s.mine.high)),
			PeerPresent: load32(s.other.state) == stateOpen,
		}
		a, b := load64(s.mine.position), load64(s.other.position)
		st.Depth = int64(min(a-b, b-a))
	})
	return st
}
