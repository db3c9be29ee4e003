package lock

import (
	"bytes"
	"context"
	"testing"
)

// FuzzHostileWords lets another process have written anything where the locks
// lie. No call may crash, hang or touch memory that is not the lock's.
func FuzzHostileWords(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add(bytes.Repeat([]byte{0xff}, 64), uint8(3))
	f.Add([]byte{0, 0, 0, 0x80, 1}, uint8(1))
	f.Add([]byte{0xff, 0xff, 0xff, 0x0f}, uint8(2))
	f.Add([]byte{1, 0, 0, 0x20, 0xff, 0xff, 0xff, 0xff}, uint8(4))
	s := attached(f, newFile(f))
	done, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, words []byte, permits uint8) {
		n := int(permits)%40 + 1
		for _, owner := range []*Owner{nil, s.owner} {
			hostile(t, words, MutexSize, func(mem []byte) { abuseMutex(done, mem, owner) })
			hostile(t, words, RWMutexSize, func(mem []byte) { abuseRWMutex(done, mem, owner) })
			hostile(t, words, SemaphoreSize(n), func(mem []byte) { abuseSemaphore(done, mem, n, owner) })
		}
		hostile(t, words, SeqlockSize[sample](), func(mem []byte) {
			q, err := SeqlockAt[sample](mem)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = q.Load(done)
			q.Store(newSample(7))
			if v, ok := q.TryLoad(); !ok || v != newSample(7) {
				t.Fatalf("read %v, %v after a Store", v, ok)
			}
		})
	})
}

// hostile runs fn over size bytes that start with words, amid guards.
func hostile(t *testing.T, words []byte, size int, fn func(mem []byte)) {
	t.Helper()
	const guard = 64
	all := bytes.Repeat([]byte{0xa5}, guard+size+guard)
	mem := all[guard : guard+size : guard+size]
	clear(mem)
	copy(mem, words)
	fn(mem)
	for i, b := range all {
		if (i < guard || i >= guard+size) && b != 0xa5 {
			t.Fatalf("byte %d of a lock of %d was written", i-guard, size)
		}
	}
}

func abuseMutex(ctx context.Context, mem []byte, owner *Owner) {
	m, err := MutexAt(mem, owner)
	if err != nil {
		panic(err)
	}
	_, _ = m.TryLock()
	_ = m.Recover()
	_ = m.Unlock()
	_ = m.Lock(ctx)
	_ = m.Unlock()
	_ = m.Lock(ctx)
	_ = m.Abandon()
	_ = m.Lock(ctx)
	_ = m.Stats()
}

func abuseRWMutex(ctx context.Context, mem []byte, owner *Owner) {
	rw, err := RWMutexAt(mem, owner)
	if err != nil {
		panic(err)
	}
	for range 2 {
		_ = rw.RLock(ctx)
		_, _ = rw.TryRLock()
		_ = rw.RUnlock()
		_ = rw.RUnlock()
		_ = rw.Lock(ctx)
		_ = rw.Recover()
		_ = rw.Unlock()
		_, _ = rw.TryLock()
	}
	_ = rw.Abandon()
	_ = rw.RLock(ctx)
}

func abuseSemaphore(ctx context.Context, mem []byte, permits int, owner *Owner) {
	s, err := SemaphoreAt(mem, permits, owner)
	if err != nil {
		return
	}
	_, _ = s.TryAcquire()
	_ = s.Acquire(ctx)
	_ = s.Release()
	_ = s.Acquire(ctx)
	_ = s.Release()
	_ = s.Release()
	_ = s.Free()
}
