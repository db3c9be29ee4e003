//go:build !shmfifo

package futex

import (
	"context"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxWords is how many words futex_waitv takes, less the one for cancelling.
const maxWords = 128 - 1

// canceller is the second word of a cancellable wait: private to the process,
// bumped and woken when the context is done. It lives on the heap, and what it
// refers to does too: the kernel knows them by their addresses.
type canceller struct {
	done  uint32
	words []entry
	addrs []*uint32
	end   timespec64
}

var cancellers = sync.Pool{New: func() any { return new(canceller) }}

func (c *canceller) cancel() { Bump(&c.done) }

func wakeOwn(own *uint32) {
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(own)), futexWake|flagPrivate, 1, 0, 0, 0)
}

// waitOr is waitCancel for one word of others and one of the caller's.
func waitOr(ctx context.Context, addr *uint32, old uint32, own *uint32, seen uint32, timeout time.Duration) error {
	if !hasWaitv() {
		return wait(ctx, addr, old, timeout)
	}
	c := cancellers.Get().(*canceller)
	c.await(addr, old, 0)
	c.await(own, seen, flagPrivate)
	return c.sleep(ctx, timeout)
}

func (c *canceller) await(addr *uint32, old, flags uint32) {
	c.addrs = append(c.addrs, addr)
	c.words = append(c.words, entry{
		val:   uint64(old),
		uaddr: uint64(uintptr(unsafe.Pointer(addr))),
		flags: flagSize32 | flags,
	})
}

// waitCancel sleeps on up to maxWords words until ctx is done.
func waitCancel(ctx context.Context, list []Waiter, timeout time.Duration) error {
	c := cancellers.Get().(*canceller)
	for _, w := range list {
		c.await(w.Addr, w.Old, 0)
	}
	return c.sleep(ctx, timeout)
}

// sleep sleeps on the words until ctx is done. c is not the caller's afterwards.
func (c *canceller) sleep(ctx context.Context, timeout time.Duration) error {
	c.await(&c.done, 0, flagPrivate)
	stop := context.AfterFunc(ctx, c.cancel)
	err := waitv(c.words, &c.end, timeout)
	runtime.KeepAlive(c)
	if stop() { // nobody waits on its words any more, or moves done
		clear(c.addrs)
		c.addrs, c.words = c.addrs[:0], c.words[:0]
		cancellers.Put(c)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func waitAny(ctx context.Context, list []Waiter, timeout time.Duration) error {
	switch {
	case !hasWaitv():
		return poll(ctx, list, timeout)
	case len(list) <= maxWords:
		return waitCancel(ctx, list, timeout)
	default:
		return waitShards(ctx, list, timeout)
	}
}

// waitShards has a goroutine for each maxWords words; the first that returns
// ends the others.
func waitShards(ctx context.Context, list []Waiter, timeout time.Duration) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	shards := 0
	results := make(chan error, len(list)/maxWords+1)
	for len(list) > 0 {
		shard := list[:min(len(list), maxWords)]
		list = list[len(shard):]
		shards++
		go func() { results <- waitCancel(inner, shard, timeout) }()
	}
	err := <-results
	cancel()
	for range shards - 1 {
		<-results
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func joint() bool { return hasWaitv() }
