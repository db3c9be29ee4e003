package ring

import "unsafe"

// A ring's shared words have one writer each. They are reached through the few
// functions of word_native.go and word_store_*.go, and the other side is slept on
// and woken there; the build tag shmcheck puts word_check.go in their place, so
// that a test decides about every step the code takes on shared memory.

func word64(mem []byte, off int) *uint64 { return (*uint64)(unsafe.Pointer(&mem[off])) }
func word32(mem []byte, off int) *uint32 { return (*uint32)(unsafe.Pointer(&mem[off])) }

// aligned says whether mem starts where 64-bit words may be used atomically.
func aligned(mem []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 == 0 }

// recordWord is the word before the bytes of the record at off.
func recordWord(data []byte, off uint64) *uint64 {
	return (*uint64)(unsafe.Pointer(&data[off]))
}

// putRecord writes the word before a record's bytes. Nobody reads it before the
// position behind it is published.
func putRecord(data []byte, off, n uint64, kind uint32) {
	plain64(recordWord(data, off), n|uint64(kind)<<32)
}

// pointTo views the bytes as a T, which holds no pointers and fits: typed.go
// asked region for the type's plan and compared the length.
func pointTo[T any](b []byte) *T { return (*T)(unsafe.Pointer(unsafe.SliceData(b))) }

// bytesOf views v as bytes.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }
