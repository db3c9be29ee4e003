//go:build !race && !msan && !asan

package cpu

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Long is the length from which on string instructions pay. They write whole
// cache lines without reading them first, which is most of what a line costs that
// another processor has; starting them takes some 6 ns.
const Long = 1 << 10

// near is the distance that string instructions do not like: with a destination
// so little above its source, the rest of the address being a multiple of 4096,
// AMD's take every store for one that the next loads depend on.
const near = 64

// Copy is the built-in copy for bytes that other processors read, or wrote. String
// instructions may store in any order, but a store behind them is seen behind all
// of theirs (Intel's manual, volume 3, 10.2.4), as the positions of a ring need it.
func Copy(dst, src []byte) int {
	n := min(len(dst), len(src))
	if n < Long || !cpu.X86.HasERMS {
		return copy(dst, src)
	}
	d, s := unsafe.SliceData(dst), unsafe.SliceData(src)
	apart := uintptr(unsafe.Pointer(d)) - uintptr(unsafe.Pointer(s))
	if (apart-1)%4096 < near-1 || apart < uintptr(n) {
		return copy(dst, src) // it also knows how to move bytes up in place
	}
	copyString(d, s, uintptr(n))
	return n
}

//go:noescape
func copyString(dst, src *byte, n uintptr)
