package lock

import (
	"fmt"
	"unsafe"
)

// This file is the only one of the package that looks at memory through unsafe.

// words views the first n 32-bit words of mem.
func words(kind string, mem []byte, n int) ([]uint32, error) {
	p, err := aligned(kind, mem, n, 4)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*uint32)(p), n), nil
}

// longs views the first n 64-bit words of mem.
func longs(kind string, mem []byte, n int) ([]uint64, error) {
	p, err := aligned(kind, mem, n, 8)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*uint64)(p), n), nil
}

// aligned checks that mem holds n words of size bytes and where it lies.
func aligned(kind string, mem []byte, n, size int) (unsafe.Pointer, error) {
	if len(mem) < size*n {
		return nil, fmt.Errorf("lock: a %s needs %d bytes, got %d", kind, size*n, len(mem))
	}
	p := unsafe.Pointer(unsafe.SliceData(mem))
	if uintptr(p)%uintptr(size) != 0 {
		return nil, fmt.Errorf("lock: the memory of a %s must be aligned to %d bytes, it is at %#x", kind, size, uintptr(p))
	}
	return p, nil
}

// bytesOf views v as bytes.
func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}
