package lock

import (
	"fmt"
	"unsafe"
)

// words views the first n 32-bit words of mem. It is the only place, with
// [view], where this package looks at memory through unsafe.
func words(kind string, mem []byte, n int) ([]uint32, error) {
	if len(mem) < 4*n {
		return nil, fmt.Errorf("lock: a %s needs %d bytes, got %d", kind, 4*n, len(mem))
	}
	p := unsafe.Pointer(unsafe.SliceData(mem))
	if uintptr(p)%4 != 0 {
		return nil, fmt.Errorf("lock: the memory of a %s must be 4-byte aligned; it is at %#x", kind, uintptr(p))
	}
	return unsafe.Slice((*uint32)(p), n), nil
}
