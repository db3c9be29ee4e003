//go:build !amd64 || race || msan || asan

package cpu

// HasPast says whether CopyPast and Cycles are what they say.
const HasPast = false

// CopyPast is Copy.
func CopyPast(dst, src []byte) int { return Copy(dst, src) }

// Cycles stands still.
func Cycles() uint64 { return 0 }
