package memmapfs

import (
	"math/rand/v2"
	"testing"
	"time"
)

// simulate makes reads of a mebibyte that take so many microseconds through the map and
// through the descriptor, a quarter of it more or less by chance, and one in fifty as
// much longer as a program that is interrupted. It returns how many of the last
// thousand went through the map.
func simulate(w *ways, reads, mapped, plain int) (byMap int) {
	rng := rand.New(rand.NewPCG(3, uint64(mapped)))
	for i := range reads {
		us, way := plain, &w.plain
		if w.byMap() {
			us, way = mapped, &w.mapped
			if i >= reads-1000 {
				byMap++
			}
		}
		d := time.Duration(us) * time.Duration(875+rng.IntN(250))
		if rng.IntN(50) == 0 {
			d += time.Duration(rng.IntN(10_000)) * time.Microsecond
		}
		way.took(d, 1<<20)
	}
	return byMap
}

// One read in sixty goes the slower way, a few more do when something interrupted those
// that went the faster one.
func TestTheFasterWayIsFoundAndKept(t *testing.T) {
	for _, tt := range []struct{ mapped, plain int }{{48, 65}, {38, 29}, {200, 50}, {50, 200}, {1000, 50}} {
		var w ways
		n := simulate(&w, 3000, tt.mapped, tt.plain)
		if tt.plain < tt.mapped {
			n = 1000 - n
		}
		if n < 960 {
			t.Errorf("%d µs through the map, %d through the descriptor: %d of 1000 reads go the faster way", tt.mapped, tt.plain, n)
		}
	}
}

// What was true may change: the program moves to another processor, memory gets busy.
func TestTheFasterWayIsFoundAgain(t *testing.T) {
	var w ways
	if n := simulate(&w, 2000, 48, 65); n < 960 {
		t.Fatalf("%d of 1000 go through the map", n)
	}
	if n := simulate(&w, 2000, 60, 30); n > 40 {
		t.Errorf("%d of 1000 still go through the map", n)
	}
	if n := simulate(&w, 2000, 48, 65); n < 960 {
		t.Errorf("%d of 1000 go through the map again", n)
	}
}

// A first read that took a second, in a thousand faults say, is no verdict.
func TestABadBeginningIsForgotten(t *testing.T) {
	for _, first := range []func(w *ways) *way{func(w *ways) *way { return &w.mapped }, func(w *ways) *way { return &w.plain }} {
		var w ways
		first(&w).took(time.Second, 1<<20)
		if n := simulate(&w, 3000, 48, 65); n < 960 {
			t.Errorf("%d of 1000 go through the map", n)
		}
	}
}
