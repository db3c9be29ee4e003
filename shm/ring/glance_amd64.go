//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

package ring

import "github.com/absfs/shmkit/internal/trap"

// canGlance says whether there is glance.
var canGlance = trap.Add(glanceEntry(), glanceResume())

// glance publishes c.head and the totals, as giveBack does, and looks up to looks
// times for a record behind c.tail, which is c.scan, with two pauses of the processor
// between. The result is 0 when the producer's position moved, to tail, and word is
// what lies behind scan; glanceNone when it did not; glanceWanted when the producer
// or a challenger wants something, before any look; or the address that could not
// be had.
//
//go:noescape
func glance(c *Consumer, looks uint64) (tail, word uint64, result uintptr)

// glanceFaulted is where glance goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func glanceFaulted(c *Consumer, looks uint64) (tail, word uint64, result uintptr)

func glanceEntry() uintptr
func glanceResume() uintptr
