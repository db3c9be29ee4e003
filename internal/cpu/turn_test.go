package cpu

import (
	"sync"
	"testing"
)

func TestOneHasTheTurn(t *testing.T) {
	var turn Turn
	var all sync.WaitGroup
	n, tried := 0, 0
	for range 4 {
		all.Go(func() {
			for range 10_000 {
				turn.Lock()
				n++
				turn.Unlock()
				if turn.TryLock() {
					n++
					tried++
					turn.Unlock()
				}
			}
		})
	}
	all.Wait()
	if n != 40_000+tried || tried == 0 {
		t.Fatalf("%d additions, %d of them by TryLock", n, tried)
	}
	turn.Lock()
	if turn.TryLock() {
		t.Fatal("two have the turn")
	}
}
