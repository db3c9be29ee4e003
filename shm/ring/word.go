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

// fourAlike says whether the records at off and the three behind it, each size
// bytes from the one before, all have that word. They lie in data.
func fourAlike(data []byte, off, size, word uint64) bool {
	p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(data)), off)
	q := unsafe.Add(p, 2*size)
	return *(*uint64)(p) == word && *(*uint64)(unsafe.Add(p, size)) == word && *(*uint64)(q) == word && *(*uint64)(unsafe.Add(q, size)) == word
}

// bytesAt is data[off : off+n : off+n] for a record that was checked when it was
// found.
func bytesAt(data []byte, off, n uint64) []byte {
	s := struct {
		p      unsafe.Pointer
		n, cap uintptr
	}{unsafe.Add(unsafe.Pointer(unsafe.SliceData(data)), off), uintptr(n), uintptr(n)}
	return *(*[]byte)(unsafe.Pointer(&s))
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
