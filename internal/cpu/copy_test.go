package cpu

import (
	"bytes"
	"slices"
	"testing"
)

// Around every length and distance at which Copy decides anything.
func TestCopyIsTheBuiltIn(t *testing.T) {
	src := make([]byte, 12<<10)
	for i := range src {
		src[i] = byte(i*7 + i>>8)
	}
	for _, n := range []int{0, 1, 8, Long - 1, Long, Long + 1, 4096, 5000} {
		for _, from := range []int{0, 1, 63, 64, 4095} {
			for _, to := range []int{0, 1, 8, 63, 64, 65, 1000, 4096, 4097, 6000} {
				apart, want := make([]byte, len(src)), make([]byte, len(src))
				m := copy(want[to:], src[from:from+n])
				if got := Copy(apart[to:], src[from:from+n]); got != m || !bytes.Equal(apart, want) {
					t.Fatalf("%d bytes from %d to %d: %d copied", n, from, to, got)
				}
				clear(apart)
				if got := CopyPast(apart[to:], src[from:from+n]); got != m || !bytes.Equal(apart, want) {
					t.Fatalf("%d bytes from %d to %d past the caches: %d copied", n, from, to, got)
				}
				within, want := slices.Clone(src), slices.Clone(src)
				m = copy(want[to:], want[from:from+n])
				if got := Copy(within[to:], within[from:from+n]); got != m || !bytes.Equal(within, want) {
					t.Fatalf("%d bytes from %d to %d of the same slice: %d copied", n, from, to, got)
				}
				copy(within, src)
				if got := CopyPast(within[to:], within[from:from+n]); got != m || !bytes.Equal(within, want) {
					t.Fatalf("%d bytes from %d to %d of the same slice past the caches: %d copied", n, from, to, got)
				}
			}
		}
	}
	if n := Copy(make([]byte, 2000), src); n != 2000 {
		t.Fatalf("%d of 2000", n)
	}
}

func TestCyclesGoOn(t *testing.T) {
	if begin := Cycles(); HasPast && Cycles() <= begin {
		t.Fatal("the time stamp stands still")
	}
}
