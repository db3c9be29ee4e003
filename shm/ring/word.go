package ring

import (
	"sync/atomic"
	"unsafe"
)

// The shared words of a ring, each with one writer. word_*.go say how they are
// stored: publish64 is a release, count64 needs no order at all.

func word64(mem []byte, off int) *uint64 { return (*uint64)(unsafe.Pointer(&mem[off])) }
func word32(mem []byte, off int) *uint32 { return (*uint32)(unsafe.Pointer(&mem[off])) }

func load64(w *uint64) uint64 { return atomic.LoadUint64(w) }
func load32(w *uint32) uint32 { return atomic.LoadUint32(w) }

// fenced64 and fenced32 store and let no later load pass the store.
func fenced64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }
func fenced32(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

// putHeader writes the word before a record's bytes. Nobody reads it before the
// position behind it is published.
func putHeader(data []byte, off, n uint64, kind uint32) {
	*(*uint64)(unsafe.Pointer(&data[off])) = n | uint64(kind)<<32
}

// header reads the word before a record's bytes, once.
func headerAt(data []byte, off uint64) (n uint64, kind uint32) {
	h := *(*uint64)(unsafe.Pointer(&data[off]))
	return h & 0xffffffff, uint32(h >> 32)
}

// aligned says whether mem starts where 64-bit words may be used atomically.
func aligned(mem []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 == 0 }
