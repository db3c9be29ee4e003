package region

import (
	"sync"
	"sync/atomic"
)

// Totals counts what this process has done with regions since it started.
type Totals struct {
	Created uint64 // regions made
	Opened  uint64 // attachments to regions that were there
	Removed uint64 // regions taken away by name
	Reaped  uint64 // regions taken away because nobody was attached
	Retries uint64 // handshakes that met a removal or creation under way

	Attachments int   // attachments this process has now
	MappedBytes int64 // their payloads
}

var totals struct {
	created, opened, removed, reaped, retries atomic.Uint64
}

// live keeps every attachment reachable until Close: its slices may be in use
// when the Region itself is not.
var live struct {
	sync.Mutex
	regions map[*Region]struct{}
	bytes   int64
}

func remember(r *Region) {
	live.Lock()
	defer live.Unlock()
	if live.regions == nil {
		live.regions = map[*Region]struct{}{}
	}
	live.regions[r] = struct{}{}
	live.bytes += r.hdr.payloadLen
}

func forget(r *Region) {
	live.Lock()
	defer live.Unlock()
	delete(live.regions, r)
	live.bytes -= r.hdr.payloadLen
}

// Stats gives this process's totals. It may be called at any time and costs
// nothing to those who use regions.
func Stats() Totals {
	live.Lock()
	n, bytes := len(live.regions), live.bytes
	live.Unlock()
	return Totals{
		Created: totals.created.Load(), Opened: totals.opened.Load(), Removed: totals.removed.Load(),
		Reaped: totals.reaped.Load(), Retries: totals.retries.Load(),
		Attachments: n, MappedBytes: bytes,
	}
}
