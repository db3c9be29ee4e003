//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

package ring

import "github.com/absfs/shmkit/internal/trap"

// canPost says whether there is a post.
var canPost = trap.Add(postEntry(), postResume())

// longestPost is the length from which on the built-in copy under a guard is as
// fast.
const longestPost = 512

// post puts the n bytes at src, or those that are there already, into the ring as
// the record behind tail, for which there is room, and publishes it: the steps of
// write and publish in their order, the same stores, in a few instructions that
// need no guard. The result is 0, or 1 when the consumer or a challenger wants
// something, or the address that could not be had. After a fault in src nothing is
// changed.
//
//go:noescape
func post(p *Producer, src *byte, n uint64) (result uintptr)

// postFaulted is where post goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
func postFaulted(p *Producer, src *byte, n uint64) (result uintptr)

func postEntry() uintptr
func postResume() uintptr
