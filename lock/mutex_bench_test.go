package lock

import (
	"context"
	"sync"
	"testing"
)

func BenchmarkUncontended(b *testing.B) {
	ctx := context.Background()
	b.Run("Mutex", func(b *testing.B) {
		m := heapMutex(b)
		b.ReportAllocs()
		for b.Loop() {
			_ = m.Lock(ctx)
			_ = m.Unlock()
		}
	})
	b.Run("sync.Mutex", func(b *testing.B) {
		var m sync.Mutex
		b.ReportAllocs()
		for b.Loop() {
			m.Lock()
			//lint:ignore SA2001 the pair is what is measured
			m.Unlock()
		}
	})
}
