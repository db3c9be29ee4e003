package trap

import (
	"sync/atomic"
	"unsafe"
)

// Enable puts the handler in place, once for the process, and says whether the
// routines are there. Before it, and where it is false, they must not be called.
func Enable() bool { return enable() }

// Add makes the function of assembly at entry one whose faults are trapped: it
// goes on at resume, a function of the same frame, with the address in AX. Its
// accesses happen with the stack pointer it was called with. Add says whether
// that is so; it is for the initialization of a package.
func Add(entry, resume uintptr) bool { return enable() && add(entry, resume) }

// Longest is the number of bytes from which on the built-in copy under a guard
// is as fast.
const Longest = 8 << 10

// Straight is the number of bytes up to which Copy reads everything before it
// writes anything.
const Straight = 256

// Copy copies min(len(dst), len(src)) bytes. fault is 0 when all was copied, the
// address that could not be had, or 1: more than Straight bytes to a dst that
// overlaps src from above, of which none was copied.
func Copy(dst, src []byte) (fault uintptr) {
	return copyBytes(unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src)), uintptr(min(len(dst), len(src))), nil)
}

// Counts is a counter in parts, 128 bytes from each other and from what lies around
// them: processors fetch cache lines in pairs. Goroutines mostly add to different
// parts.
type Counts struct {
	_     [Lane]byte
	parts [1 << LanesLog][Lane / 8]atomic.Uint64 // the first word counts
}

// Where the parts lie, for assembly elsewhere that adds to them as copyBytes does:
// Lane bytes from the beginning of Counts and from each other, and 1<<LanesLog of them.
const (
	Lane     = 128
	LanesLog = 4
)

// CopyCounted is Copy and adds 1 to c, without locking the bus: what several
// processors add to one part at once may be lost, and copies need not wait for
// the memory of those before them, as they do behind an atomic addition.
func CopyCounted(dst, src []byte, c *Counts) (fault uintptr) {
	return copyBytes(unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src)), uintptr(min(len(dst), len(src))), (*uint64)(unsafe.Pointer(&c.parts)))
}

// Sum is how many copies were counted.
func (c *Counts) Sum() int64 {
	var sum uint64
	for i := range c.parts {
		sum += c.parts[i][0].Load()
	}
	return int64(sum)
}
