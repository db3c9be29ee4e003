package vmem

import (
	"os"
	"unsafe"
)

// Span returns the half-open range of addresses b occupies; both are zero for
// an empty slice. For memory of the Go heap the answer may change when a stack
// moves; it is meant for mapped memory.
func Span(b []byte) (start, end uintptr) {
	if len(b) == 0 {
		return 0, 0
	}
	start = uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return start, start + uintptr(len(b))
}

// Mapped reports whether addr belongs to a mapping of this process, also when
// an access to it would fault. Where the system cannot be asked it is true.
func Mapped(addr uintptr) bool { return mapped(addr) }

// BusError is the signal SIGBUS, nil where the system has none.
func BusError() os.Signal { return busError() }
