//go:build shmcheck

package ring

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/futex"
)

// canCarry is false: the checker sees a record filled in by fill.
const canCarry = false

// steps is told of every step on shared memory before it is taken, and takes it.
type steps interface {
	load64(w *uint64) uint64
	load32(w *uint32) uint32
	publish64(w *uint64, v uint64)
	count64(w *uint64, v uint64)
	plain64(w *uint64, v uint64)
	fenced64(w *uint64, v uint64)
	fenced32(w *uint32, v uint32)
	fill(dst, src []byte)
	fillWords(shared, src []byte)
	copyWords(dst, shared []byte)
	sleepOn(w *uint32, old uint32)
	wakeAll(w *uint32)
	fenceOthers() bool
}

// checker is set by a test; without one the steps are taken at once.
var checker steps = direct{}

func load64(w *uint64) uint64       { return checker.load64(w) }
func load32(w *uint32) uint32       { return checker.load32(w) }
func publish64(w *uint64, v uint64) { checker.publish64(w, v) }
func count64(w *uint64, v uint64)   { checker.count64(w, v) }
func plain64(w *uint64, v uint64)   { checker.plain64(w, v) }
func fenced64(w *uint64, v uint64)  { checker.fenced64(w, v) }
func fenced32(w *uint32, v uint32)  { checker.fenced32(w, v) }
func fill(dst, src []byte)          { checker.fill(dst, src) }
func fillWords(shared, src []byte)  { checker.fillWords(shared, src) }
func copyWords(dst, shared []byte)  { checker.copyWords(dst, shared) }
func wakeAll(w *uint32)             { checker.wakeAll(w) }
func fetch(*uint64)                 {}
func fenceOthers() bool             { return checker.fenceOthers() }

func sleepOn(ctx context.Context, w *uint32, old uint32, d time.Duration) error {
	checker.sleepOn(w, old)
	return ctx.Err()
}

func sleepOr(ctx context.Context, w *uint32, old uint32, _ *uint32, _ uint32, d time.Duration) error {
	return sleepOn(ctx, w, old, d)
}

// sleepOnAny knows one word: the machine's threads sleep on one.
func sleepOnAny(ctx context.Context, list []futex.Waiter, d time.Duration) error {
	return sleepOn(ctx, list[0].Addr, list[0].Old, d)
}

// direct takes every step at once.
type direct struct{}

func (direct) load64(w *uint64) uint64       { return atomic.LoadUint64(w) }
func (direct) load32(w *uint32) uint32       { return atomic.LoadUint32(w) }
func (direct) publish64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }
func (direct) count64(w *uint64, v uint64)   { atomic.StoreUint64(w, v) }
func (direct) plain64(w *uint64, v uint64)   { atomic.StoreUint64(w, v) }
func (direct) fenced64(w *uint64, v uint64)  { atomic.StoreUint64(w, v) }
func (direct) fenced32(w *uint32, v uint32)  { atomic.StoreUint32(w, v) }
func (direct) fill(dst, src []byte)          { copy(dst, src) }
func (direct) fillWords(shared, src []byte)  { copy(shared, src) }
func (direct) copyWords(dst, shared []byte)  { copy(dst, shared) }
func (direct) sleepOn(w *uint32, old uint32) {}
func (direct) wakeAll(w *uint32)             {}
func (direct) fenceOthers() bool             { return true }
