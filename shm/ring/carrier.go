package ring

import "github.com/absfs/shmkit/internal/cpu"

// A carrier takes long records into the ring: through the caches or past them.
//
// Through them is best while both sides share one, and up to six times slower
// where they do not: each line has then to be taken back from the reader's side.
// Past them the reader has to fetch each line from memory, which it does ahead.
// Who runs where is up to the system, and changes; so a carrier looks at its watch
// now and then.
type carrier struct {
	past  bool // the caches
	left  int  // bytes until a copy through the caches is timed
	poor  int  // how many of those timed in a row were dear
	stint int  // bytes that go past the caches before another is timed
}

const (
	dear      = 20       // cycles that a line takes only where no cache is shared
	reach     = 16       // lines' worth of time until the first is done
	accident  = 3        // that many dear copies in a row may be one
	between   = 64 << 10 // bytes between two copies timed
	minStint  = 1 << 20
	maxStint  = 64 << 20
	lineBytes = 64
)

// carry is fill for a record of at least cpu.Long bytes.
func (c *carrier) carry(dst, src []byte) {
	c.left -= len(src)
	switch {
	case c.left <= 0:
		begin := cpu.Cycles()
		fill(dst, src)
		c.judge(cpu.Cycles()-begin, len(src))
	case c.past:
		cpu.CopyPast(dst, src)
	default:
		fill(dst, src)
	}
}

// judge takes note of what a copy of n bytes through the caches took.
func (c *carrier) judge(cycles uint64, n int) {
	if cycles <= dear*(uint64(n)/lineBytes+reach) {
		*c = carrier{left: between}
		return
	}
	if c.poor++; c.poor <= accident {
		return // the next one is timed, too
	}
	c.stint = min(max(2*c.stint, minStint), maxStint)
	c.past, c.poor, c.left = true, 0, c.stint
}

// lay copies rec to dst in the ring.
func (p *Producer) lay(dst, rec []byte) {
	if canCarry && len(rec) >= cpu.Long {
		p.carrier.carry(dst, rec)
		return
	}
	fill(dst, rec)
}
