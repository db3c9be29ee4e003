package mmap

import (
	"fmt"
	"math"
	"os"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/sysx"
)

// A process that has as many mappings as it may have, or no addresses left,
// dies at the next collection of garbage: the Go runtime needs some of both.
// Map and Reserve therefore refuse, with ENOMEM, long before the system does.
var budget = ledger{mostMaps: int64(maxMappings()) / 2, mostBytes: 2 << 30}

func init() {
	if math.MaxInt > math.MaxInt32 {
		budget.mostBytes = 1 << 46 // half of what most 64-bit systems give a process
	}
}

// reservationWeight is how many mappings a reservation counts for, as windows
// will be mapped into it.
const reservationWeight = 8

type ledger struct {
	mostMaps, mostBytes int64
	maps, bytes         atomic.Int64
	reserved            sync.Map // first address of a reservation to nothing
}

// take counts a mapping of n bytes, or refuses it.
func (l *ledger) take(n int, weight int64) error {
	maps, bytes := l.maps.Add(weight), l.bytes.Add(int64(n))
	if maps <= l.mostMaps && bytes <= l.mostBytes {
		return nil
	}
	l.give(n, weight)
	return fmt.Errorf("%d mappings, %d bytes of addresses in use: %w", maps-weight, bytes-int64(n),
		os.NewSyscallError("mmap", sysx.ENOMEM))
}

func (l *ledger) give(n int, weight int64) {
	l.maps.Add(-weight)
	l.bytes.Add(-int64(n))
}

// keep settles what take counted: err gives it back.
func (l *ledger) keep(b []byte, n int, weight int64, err error) ([]byte, error) {
	switch {
	case err != nil:
		l.give(n, weight)
	case weight != 1:
		l.reserved.Store(Address(b), nil)
	}
	return b, err
}

// weightOf returns what b counts for.
func (l *ledger) weightOf(b []byte) int64 {
	if _, ok := l.reserved.Load(Address(b)); ok {
		return reservationWeight
	}
	return 1
}

// gone counts b as unmapped. It is called before the addresses can be given to
// somebody else.
func (l *ledger) gone(b []byte) (undo func()) {
	weight := l.weightOf(b)
	l.reserved.Delete(Address(b))
	l.give(len(b), weight)
	return func() {
		l.maps.Add(weight)
		l.bytes.Add(int64(len(b)))
		if weight != 1 {
			l.reserved.Store(Address(b), nil)
		}
	}
}
