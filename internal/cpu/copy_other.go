//go:build !amd64 || race || msan || asan

package cpu

// Long is the length from which on Copy may be better than the built-in.
const Long = 1 << 10

// Copy is the built-in copy for bytes that other processors read, or wrote.
func Copy(dst, src []byte) int { return copy(dst, src) }
