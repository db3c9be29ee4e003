package memmapfs

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever slides meanwhile, and whatever place a hint leads to.
func TestALookTellsOneWindowFromAnother(t *testing.T) {
	f, content := lookable(t, twoWindows)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			rng, p := rand.New(rand.NewPCG(g, 5)), make([]byte, 64)
			for range 20000 {
				// Next to the beginnings of windows, which differ in each byte.
				off := rng.Int64N(4)<<16 + rng.Int64N(256)
				if !look(f, p, off) {
					if _, err := f.ReadAt(p, off); err != nil {
						t.Error(err)
						return
					}
				}
				if !bytes.Equal(p, content[off:off+64]) {
					t.Errorf("something else than the file has at %d", off)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A copy during which the slot slid is thrown away.
func TestALookComesBackToTheGeneration(t *testing.T) {
	f, _ := lookable(t, twoWindows)
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("platform: one processor: nothing happens during a look")
	}
	s, p := f.win.hints[0].Load(), make([]byte, 64)
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			s.gen.Add(1)
		}
	})
	for begun := time.Now(); look(f, p, 0); {
		if time.Since(begun) > 10*time.Second {
			t.Error("found every time")
			break
		}
	}
	stop.Store(true)
	wg.Wait()
}
