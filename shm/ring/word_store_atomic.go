//go:build (!amd64 || race) && !shmcheck

package ring

import (
	"encoding/binary"
	"sync/atomic"
)

// publish64 is a release store: whoever loads v sees everything before it.
func publish64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }

// count64 stores a counter; it orders nothing.
func count64(w *uint64, v uint64) { atomic.StoreUint64(w, v) }

// fillWords and copyWords move bytes into and out of words that the other side
// may use at the same time: word by word, so that none passes a position that is
// stored before or loaded after them. The shared slice is a whole number of words.
func fillWords(shared, src []byte) {
	for i := 0; i < len(shared); i += 8 {
		var b [8]byte
		copy(b[:], src[min(i, len(src)):])
		atomic.StoreUint64(recordWord(shared, uint64(i)), binary.NativeEndian.Uint64(b[:]))
	}
}

func copyWords(dst, shared []byte) {
	for i := 0; i < len(shared); i += 8 {
		var b [8]byte
		binary.NativeEndian.PutUint64(b[:], atomic.LoadUint64(recordWord(shared, uint64(i))))
		copy(dst[min(i, len(dst)):], b[:])
	}
}

// fetch does nothing: the race detector would take it for a read.
func fetch(*uint64) {}
