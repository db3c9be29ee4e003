package memmapfs

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/mmap"
)

// A mapping is a range of addresses that shows a file. It may reach past the
// end of the file; those pages become usable as the file grows.
//
// Nobody counts readers. Whoever touches data keeps the *mapping alive until
// the access is over (runtime.KeepAlive), and the addresses are given back only
// when the garbage collector finds it unreachable. What ends a mapping before
// that is retire: it drops the file and the memory at once and leaves addresses
// where every access faults. A reader that comes late meets a fault, which its
// guard turns into an error, and never somebody else's memory.
type mapping struct {
	data     []byte
	writable bool

	// Reads below warm find their pages in memory, or cannot do better than
	// fault. Blocks above it may be in cold, the set of those touched before;
	// nil means that pages are never cold here and warm covers everything.
	warm atomic.Int64
	cold *blockSet

	once    blockSet // blocks that a large read has read through the descriptor
	entered blockSet // where cold is nil: those entered in the page tables for large reads

	cleanup runtime.Cleanup
	forget  func() // unregisters the range from sigbus
	heap    bool   // data is ordinary memory

	mu     sync.Mutex
	pins   int
	doomed bool // retire was called
}

// newMapping takes over data, which package mmap made.
func newMapping(data []byte, writable bool, cold *blockSet, forget func()) *mapping {
	m := &mapping{data: data, writable: writable, cold: cold, forget: forget}
	m.once.shift, m.entered.shift = coldShift, coldShift
	if cold == nil {
		m.warm.Store(int64(len(data)))
	}
	m.cleanup = runtime.AddCleanup(m, func(l leftover) {
		_ = l.free() // nobody is left to whom a failure could be told
	}, leftover{data, forget})
	addresses.hold(int64(len(data)))
	return m
}

// leftover is what an unreachable mapping leaves behind.
type leftover struct {
	data   []byte
	forget func()
}

func (l leftover) free() error {
	l.forget()
	addresses.release(int64(len(l.data)))
	return mmap.Unmap(l.data)
}

// pin keeps the mapping from being retired until unpin.
func (m *mapping) pin() {
	m.mu.Lock()
	m.pins++
	m.mu.Unlock()
}

// pinLive is pin of a mapping that may have been retired, which it tells.
func (m *mapping) pinLive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.doomed {
		return false
	}
	m.pins++
	return true
}

func (m *mapping) pinned() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pins > 0
}

func (m *mapping) unpin() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pins--
	if m.pins == 0 && m.doomed {
		return m.drop()
	}
	return nil
}

// retire drops what is mapped, once nobody pins it; the addresses follow later.
func (m *mapping) retire() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.doomed {
		return nil
	}
	m.doomed = true
	if m.pins > 0 {
		return nil
	}
	return m.drop()
}

func (m *mapping) drop() error {
	if m.heap {
		return nil
	}
	if mmap.Coherent {
		if err := mmap.Blank(m.data); err != nil {
			return err
		}
		addresses.retire(int64(len(m.data)))
		return nil
	}
	m.cleanup.Stop()
	freed := leftover{m.data, m.forget}
	return freed.free()
}

// ready reports whether n > 0 bytes at off lie in the mapping and have been
// touched before.
func (m *mapping) ready(off int64, n int) bool {
	end := off + int64(n)
	if uint64(end) <= uint64(m.warm.Load()) {
		return true
	}
	return m.cold != nil && m.covers(off, n) && m.cold.has(off, n)
}

// touched notes that [off, off+n) has been touched.
func (m *mapping) touched(off, n int64) {
	m.cold.add(off, n)
	m.advance()
}

// advance moves warm over the blocks that are in memory by now.
func (m *mapping) advance() {
	for {
		warm := m.warm.Load()
		next := min(warm+1<<coldShift, int64(len(m.data)))
		if next <= warm || !m.cold.has(warm, 1) {
			return
		}
		m.warm.CompareAndSwap(warm, next)
	}
}

// covers reports whether the mapping reaches from off to off+n.
func (m *mapping) covers(off int64, n int) bool {
	return uint64(off)+uint64(n) <= uint64(len(m.data))
}
