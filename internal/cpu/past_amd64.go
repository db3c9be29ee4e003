//go:build !race && !msan && !asan

package cpu

import "unsafe"

// HasPast says whether CopyPast and Cycles are what they say.
const HasPast = true

// CopyPast is Copy past the caches: the lines written are in none of them
// afterwards, neither here nor at another processor, and nobody has to ask another
// for them. Stores behind it are seen behind its own.
//
// Streaming stores are ordered by the fence at the end only (Intel's manual,
// volume 1, 10.4.6.2).
func CopyPast(dst, src []byte) int {
	n := min(len(dst), len(src))
	d, s := uintptr(unsafe.Pointer(unsafe.SliceData(dst))), uintptr(unsafe.Pointer(unsafe.SliceData(src)))
	first := int(-d % line)
	lines := (n - first) / line
	if lines <= 0 || d-s < uintptr(n) || s-d < uintptr(n) {
		return Copy(dst, src)
	}
	copy(dst[:first], src)
	copyLines(&dst[first], &src[first], uintptr(lines))
	copy(dst[first+lines*line:n], src[first+lines*line:n])
	return n
}

const line = 64

// copyLines copies lines of 64 bytes to dst, which is the first byte of one.
//
//go:noescape
func copyLines(dst, src *byte, lines uintptr)

// Cycles is the processor's time stamp once all earlier stores are done: a copy of a
// few lines is over long before they are. It counts at some GHz on any processor in
// use.
func Cycles() uint64
