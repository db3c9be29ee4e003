package lock

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
)

// pair measures a lock and an unlock.
func pair(b *testing.B, l Locker) {
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Lock(ctx); err != nil {
			b.Fatal(err)
		}
		if err := l.Unlock(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUncontended locks and unlocks what nobody else wants, beside
// sync.Mutex and a bare flock.
func BenchmarkUncontended(b *testing.B) {
	b.Run("sync.Mutex", func(b *testing.B) {
		var m sync.Mutex
		b.ReportAllocs()
		for b.Loop() {
			m.Lock()
			//lint:ignore SA2001 the pair is what is measured
			m.Unlock()
		}
	})
	eachBenched(b, func(b *testing.B, _, _ string, _ *shared, l Locker) { pair(b, l) })
}

// BenchmarkContended measures the same while another process does nothing else
// than take and free the lock. ns/op counts the operations of both.
func BenchmarkContended(b *testing.B) {
	eachBenched(b, func(b *testing.B, kind, path string, s *shared, l Locker) {
		rival := spawn(b, "increment", path, kind, "1000000000")
		rival.hears(b, "ready")
		counter := s.mem[atCounter:]
		ctx, n := context.Background(), 0
		start := binary.NativeEndian.Uint64(counter)
		for b.Loop() {
			if err := l.Lock(ctx); err != nil {
				b.Fatal(err)
			}
			binary.NativeEndian.PutUint64(counter, binary.NativeEndian.Uint64(counter)+1)
			if err := l.Unlock(); err != nil {
				b.Fatal(err)
			}
			n++
		}
		both := float64(binary.NativeEndian.Uint64(counter) - start)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/both, "ns/op")
		b.ReportMetric(100*float64(n)/both, "%mine")
		rival.killed(b)
	})
}

func eachBenched(b *testing.B, bench func(b *testing.B, kind, path string, s *shared, l Locker)) {
	for _, kind := range append(lockKinds, "bare flock") {
		open, ok := exclusiveLocks[kind]
		if !ok {
			continue
		}
		b.Run(kind, func(b *testing.B) {
			path := newFile(b)
			s := attached(b, path)
			l, err := open(path, s)
			if err != nil {
				b.Fatal(err)
			}
			bench(b, kind, path, s, l)
		})
	}
}

func BenchmarkSeqlock(b *testing.B) {
	q, err := SeqlockAt[sample](make([]byte, SeqlockSize[sample]()))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Store", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q.Store(sample{})
		}
	})
	b.Run("TryLoad", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := q.TryLoad(); !ok {
				b.Fatal("disturbed")
			}
		}
	})
	b.Run("sync.RWMutex", func(b *testing.B) {
		var mu sync.RWMutex
		var v sample
		b.ReportAllocs()
		for b.Loop() {
			mu.RLock()
			w := v
			mu.RUnlock()
			v.B = w.B
		}
	})
}
