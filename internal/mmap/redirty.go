package mmap

import (
	"sync/atomic"
	"unsafe"
)

// Redirty marks the pages of b, which must be writable and begin on a page, as
// written without changing a byte, whoever else writes them at the time. After
// a failed write-back the kernel takes pages for clean and would never write
// them again. It faults where a touch faults.
func Redirty(b []byte) {
	for off := 0; off+4 <= len(b); off += pageSize {
		atomic.OrUint32((*uint32)(unsafe.Pointer(&b[off])), 0)
	}
}
