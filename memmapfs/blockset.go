package memmapfs

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// A blockSet is a set of equally large blocks of a file. Looking up takes two
// loads and a mask; memory is taken only around members. All methods may be
// called from many goroutines at once.
type blockSet struct {
	shift    uint8                                  // log2 of the bytes in a block
	overflow atomic.Bool                            // a block beyond what is tracked was added
	roots    atomic.Pointer[[]atomic.Pointer[leaf]] // by block >> leafShift
	mu       sync.Mutex                             // held to grow roots and to add leaves
	next     atomic.Int64                           // behind what was fetched last
}

const (
	leafShift = 15
	leafWords = 1 << leafShift / 64
	mostRoots = 1 << 20
)

type leaf [leafWords]atomic.Uint64

// has reports whether every block of [off, off+n), n > 0, is a member.
func (s *blockSet) has(off int64, n int) bool {
	first := uint64(off) >> s.shift
	last := (uint64(off) + uint64(n) - 1) >> s.shift
	roots := s.roots.Load()
	if roots == nil {
		return false
	}
	for b := first; ; b++ {
		r := b >> leafShift
		if r >= uint64(len(*roots)) {
			return false
		}
		l := (*roots)[r].Load()
		if l == nil || l[b/64%leafWords].Load()>>(b%64)&1 == 0 {
			return false
		}
		if b >= last {
			return true
		}
	}
}

// add makes every block that [off, off+n) touches a member.
func (s *blockSet) add(off, n int64) {
	if n <= 0 {
		return
	}
	s.addBlocks(uint64(off)>>s.shift, (uint64(off)+uint64(n)-1)>>s.shift)
}

func (s *blockSet) addBlocks(first, last uint64) {
	for b := first; b <= last; {
		l := s.leaf(b >> leafShift)
		if l == nil {
			s.overflow.Store(true)
			return
		}
		end := min(last, b|63)
		mask := ^uint64(0) >> (63 - (end - b)) << (b % 64)
		l[b/64%leafWords].Or(mask)
		b = end + 1
	}
}

func (s *blockSet) leaf(r uint64) *leaf {
	if roots := s.roots.Load(); roots != nil && r < uint64(len(*roots)) {
		if l := (*roots)[r].Load(); l != nil {
			return l
		}
	}
	if r >= mostRoots {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	roots := s.roots.Load()
	if roots == nil || r >= uint64(len(*roots)) {
		wider := make([]atomic.Pointer[leaf], r+r/4+1)
		if roots != nil {
			for i := range *roots {
				wider[i].Store((*roots)[i].Load())
			}
		}
		roots = &wider
		s.roots.Store(roots)
	}
	l := (*roots)[r].Load()
	if l == nil {
		l = new(leaf)
		(*roots)[r].Store(l)
	}
	return l
}

// take empties the set and calls fn for each run of neighbouring members with
// its offset and length. It reports whether blocks beyond what is tracked were
// members too.
func (s *blockSet) take(fn func(off, n int64)) (overflow bool) {
	overflow = s.overflow.Swap(false)
	roots := s.roots.Load()
	if roots == nil {
		return overflow
	}
	var start, beyond uint64 // the run seen last, empty at first
	for r := range *roots {
		l := (*roots)[r].Load()
		if l == nil {
			continue
		}
		for w := range l {
			if l[w].Load() == 0 {
				continue
			}
			word := l[w].Swap(0)
			base := uint64(r)<<leafShift + uint64(w)*64
			for i := uint64(0); word != 0; i, word = i+1, word>>1 {
				switch b := base + i; {
				case word&1 == 0:
				case b == beyond && beyond > start:
					beyond++
				default:
					s.emit(start, beyond, fn)
					start, beyond = b, b+1
				}
			}
		}
	}
	s.emit(start, beyond, fn)
	return overflow
}

func (s *blockSet) emit(start, beyond uint64, fn func(off, n int64)) {
	if beyond > start {
		fn(int64(start<<s.shift), int64((beyond-start)<<s.shift))
	}
}

// each calls fn for the runs of neighbouring members that begin in
// [off, off+n), cut off at its end, and leaves the set as it is.
func (s *blockSet) each(off, n int64, fn func(off, n int64)) {
	end := uint64(off) + uint64(n)
	for b := uint64(off) >> s.shift; b<<s.shift < end; b++ {
		roots := s.roots.Load()
		if roots == nil || b>>leafShift >= uint64(len(*roots)) {
			return
		}
		l := (*roots)[b>>leafShift].Load()
		if l == nil {
			b |= 1<<leafShift - 1
			continue
		}
		word := l[b/64%leafWords].Load() >> (b % 64)
		if word == 0 {
			b |= 63
			continue
		}
		skip := uint64(bits.TrailingZeros64(word))
		run := uint64(bits.TrailingZeros64(^(word >> skip)))
		if lo, hi := (b+skip)<<s.shift, min((b+skip+run)<<s.shift, end); lo < hi {
			fn(int64(lo), int64(hi-lo))
		}
		b += skip + run - 1
	}
}
