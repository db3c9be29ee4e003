package lock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestGateServesInTheOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		enter(t, &g, true)
		order := make(chan int, 4)
		for i, exclusive := range []bool{false, true, false, true} {
			go func() {
				if err := g.enter(t.Context(), exclusive); err != nil {
					t.Error(err)
				}
				order <- i
			}()
			synctest.Wait()
		}
		for want := range 4 {
			g.leave()
			if got := <-order; got != want {
				t.Fatalf("%d was served, want %d", got, want)
			}
		}
		g.leave()
		if !g.tryEnter(true) {
			t.Fatal("the gate is not free at the end")
		}
	})
}

func TestGateWhoGivesUpBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		enter(t, &g, false)
		ctx, cancel := context.WithCancel(t.Context())
		writer, reader := make(chan error), make(chan error)
		go func() { writer <- g.enter(ctx, true) }()
		synctest.Wait()
		go func() { reader <- g.enter(t.Context(), false) }()
		synctest.Wait()
		if g.tryEnter(false) {
			t.Fatal("a newcomer overtook the queue")
		}
		cancel()
		if err := <-writer; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := <-reader; err != nil {
			t.Fatal(err)
		}
	})
}

func enter(t *testing.T, g *gate, exclusive bool) {
	t.Helper()
	if err := g.enter(t.Context(), exclusive); err != nil {
		t.Fatal(err)
	}
}
