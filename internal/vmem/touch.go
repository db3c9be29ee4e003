package vmem

import "unsafe"

// Touch loads the byte at addr, which is not the Go heap's.
//
//go:noinline
func Touch(addr uintptr) byte {
	return *(*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr)))
}
