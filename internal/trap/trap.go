package trap

import "unsafe"

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
const Longest = 512

// Copy copies min(len(dst), len(src)) bytes, upwards, 16 at a time. fault is the
// address that could not be had, 0 when all was copied. dst may overlap src from
// below.
func Copy(dst, src []byte) (fault uintptr) {
	return copyBytes(unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src)), uintptr(min(len(dst), len(src))))
}
