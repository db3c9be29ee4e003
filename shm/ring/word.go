package ring

import (
	"sync/atomic"
	"unsafe"
)

// The shared words of a ring, each with one writer. Loads acquire, stores
// release; a store followed by a load of another word is not reordered either
// (sync/atomic promises sequential consistency), which the wake-up rules need.

func word64(mem []byte, off int) *uint64 { return (*uint64)(unsafe.Pointer(&mem[off])) }
func word32(mem []byte, off int) *uint32 { return (*uint32)(unsafe.Pointer(&mem[off])) }

func load64(w *uint64) uint64     { return atomic.LoadUint64(w) }
func store64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }
func load32(w *uint32) uint32     { return atomic.LoadUint32(w) }
func store32(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

// aligned says whether mem starts where 64-bit atomics may be used.
func aligned(mem []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 == 0 }
