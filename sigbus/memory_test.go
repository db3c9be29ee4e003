//go:build unix || windows

package sigbus

import (
	"bytes"
	"unsafe"
)

// pattern is the byte at index i of every memory the tests read.
func pattern(i int) byte { return byte(i*7 + i>>8) }

func unsafeSlice(p unsafe.Pointer, size int) []byte { return unsafe.Slice((*byte)(p), size) }

// holdsPattern reports whether b is what faulty wrote from offset off on.
func holdsPattern(b []byte, off int) bool {
	want := make([]byte, len(b))
	for i := range want {
		want[i] = pattern(off + i)
	}
	return bytes.Equal(b, want)
}

// Loads go here, so that the compiler keeps them.
var (
	readByte   byte
	readInt    int
	readWord   uint64
	readString string
)
