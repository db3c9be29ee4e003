package memmapfs

import (
	"math/rand/v2"
	"testing"
)

// TestBlocksAreTheOnesThatWereAdded compares with a slice of booleans, around the
// ends of words and of leaves.
func TestBlocksAreTheOnesThatWereAdded(t *testing.T) {
	const blocks, base = 512, 1<<leafShift - 256
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		s := &blockSet{shift: 12}
		var want [blocks]bool
		for range 1 + r.IntN(6) {
			first := r.IntN(blocks)
			last := min(blocks-1, first+r.IntN(200))
			if r.IntN(2) == 0 {
				first &^= 63
			}
			s.addBlocks(uint64(base+first), uint64(base+last))
			for b := first; b <= last; b++ {
				want[b] = true
			}
		}
		from, to := r.IntN(blocks), 0
		to = from + 1 + r.IntN(blocks-from)
		var got [blocks]bool
		s.each(int64(base+from)<<12, int64(to-from)<<12, func(off, n int64) {
			for b := off >> 12; b < (off+n)>>12; b++ {
				if got[b-base] {
					t.Fatalf("seed %d: block %d is told twice", seed, b-base)
				}
				got[b-base] = true
			}
		})
		for b := range want {
			if in := b >= from && b < to; got[b] != (want[b] && in) {
				t.Fatalf("seed %d: each of [%d, %d): block %d is %v", seed, from, to, b, got[b])
			}
			if s.has(int64(base+b)<<12, 1) != want[b] {
				t.Fatalf("seed %d: has(%d) is %v", seed, b, !want[b])
			}
		}
		clear(got[:])
		s.take(func(off, n int64) {
			for b := off >> 12; b < (off+n)>>12; b++ {
				got[b-base] = true
			}
		})
		if got != want {
			t.Fatalf("seed %d: taken others than were added", seed)
		}
		s.take(func(off, n int64) { t.Fatalf("seed %d: %d bytes at %d are left", seed, n, off) })
	}
}
