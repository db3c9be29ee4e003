//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

package ring

import "github.com/absfs/shmkit/internal/trap"

// canAnswer says whether there is answer.
var canAnswer = trap.Add(answerEntry(), answerResume())

// answer publishes c.head and the totals, as giveBack does, and looks up to looks
// times for a record behind c.tail, which is c.scan, with a pause of the processor
// between. The result is 0 when the producer's position moved, to tail, and word is
// what lies behind scan; answerNone when it did not; answerWanted when the producer
// or a challenger wants something, before any look; or the address that could not
// be had.
//
//go:noescape
func answer(c *Consumer, looks uint64) (tail, word uint64, result uintptr)

// answerFaulted is where answer goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func answerFaulted(c *Consumer, looks uint64) (tail, word uint64, result uintptr)

func answerEntry() uintptr
func answerResume() uintptr
