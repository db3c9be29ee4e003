//go:build !shmcheck

package ring

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/futex"
)

func load64(w *uint64) uint64 { return atomic.LoadUint64(w) }
func load32(w *uint32) uint32 { return atomic.LoadUint32(w) }

// fenced64 and fenced32 store and let no later load pass the store.
func fenced64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }
func fenced32(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

// plain64 stores what nobody else reads before something else is published.
func plain64(w *uint64, v uint64) { *w = v }

// canCarry says whether records may go past the caches.
const canCarry = cpu.HasPast

// fill copies the bytes of a record into the ring, whose lines the consumer has. One
// word, the commonest of small records, is not worth the call of a copy.
func fill(dst, src []byte) {
	switch {
	case len(src) == 8:
		binary.NativeEndian.PutUint64(dst, binary.NativeEndian.Uint64(src))
	case uint64(len(src)) < cpu.StringsFrom:
		copy(dst, src)
	default:
		cpu.Copy(dst, src)
	}
}

// sleepOn sleeps while *w is old, sleepOr while a word of this process is seen as
// well, sleepOnAny while all the words are, wakeAll ends that.
func sleepOn(ctx context.Context, w *uint32, old uint32, d time.Duration) error {
	return futex.Wait(ctx, w, old, d)
}

func sleepOr(ctx context.Context, w *uint32, old uint32, own *uint32, seen uint32, d time.Duration) error {
	return futex.WaitOr(ctx, w, old, own, seen, d)
}

func sleepOnAny(ctx context.Context, list []futex.Waiter, d time.Duration) error {
	_, err := futex.WaitAny(ctx, list, d)
	return err
}

func wakeAll(w *uint32) { futex.Wake(w, futex.All) }

// fenceOthers makes the stores of sides that do not fence visible, and says
// whether it could. Where sides look by themselves, too, it is not needed.
func fenceOthers() bool { return cpu.FenceAll() || !futex.Supported() }
