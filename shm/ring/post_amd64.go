//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

package ring

import (
	"context"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/trap"
)

// canPost says whether there are post and commit.
var canPost = trap.Add(postEntry(), postResume()) && trap.Add(commitEntry(), commitResume())

// Of records of fewer than longestPost bytes post copies those from longPost on with
// wide registers, or with string instructions where they are better, and those from
// carried on only when the carrier does not want to.
const (
	longestPost = 16 << 10
	longPost    = 256
	carried     = cpu.Long
)

//lint:ignore U1000 assembly reads them
var wide, stringsFrom = cpu.Wide, cpu.StringsFrom

// post is Send. Where rec has less than p.posts bytes, no reservation is open and
// there is room up to p.until it puts rec into the ring as the record behind tail
// and publishes it: the steps of write and publish in their order, the same
// stores, in a few instructions that need no guard. It jumps to one of the
// functions below where it cannot, where the consumer or a challenger wants
// something, and after a fault, which leaves everything unchanged if it was in rec.
//
// So Send is small enough to be compiled into its callers.
//
//go:noescape
func post(p *Producer, ctx context.Context, rec []byte) error

//lint:ignore U1000 post jumps there
func postSlow(p *Producer, ctx context.Context, rec []byte) error { return p.sendSlow(ctx, rec) }

//lint:ignore U1000 post jumps there
func postWanted(p *Producer, _ context.Context, rec []byte) error { return p.posted(1, rec) }

//lint:ignore U1000 postFaulted jumps there
func postTrapped(p *Producer, _ context.Context, rec []byte) error { return p.posted(p.fault, rec) }

// postFaulted is where post goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func postFaulted(p *Producer, ctx context.Context, rec []byte) error

// commit is post of the n bytes that are there already. The result is 0, or 1 when
// the consumer or a challenger wants something, or the address that could not be
// had.
//
//go:noescape
func commit(p *Producer, n uint64) (result uintptr)

// commitFaulted is where commit goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func commitFaulted(p *Producer, n uint64) (result uintptr)

func postEntry() uintptr
func postResume() uintptr
func commitEntry() uintptr
func commitResume() uintptr
