//go:build unix || windows

package sigbus

import (
	"errors"
	"os"
	"testing"
)

// FuzzCopy copies any part of half-vanished memory to any part of another: the
// count is right, the bytes counted are there, and nothing else is written.
func FuzzCopy(f *testing.F) {
	page := os.Getpagesize()
	f.Add(uint16(0), uint16(0), uint16(100))
	f.Add(uint16(page-1), uint16(3), uint16(2))
	f.Add(uint16(page), uint16(0), uint16(3*page))
	src := faulty(f, 4, 2)
	f.Fuzz(func(t *testing.T, from, to, size uint16) {
		start := int(from) % (len(src) + 1)
		length := min(int(size), len(src)-start)
		dst := make([]byte, int(to)+length+1)
		n, err := Copy(dst[to:int(to)+length], src[start:start+length])
		want := min(length, max(0, 2*page-start))
		if n != want || (err != nil) != (want < length) || err != nil && !errors.Is(err, ErrFault) {
			t.Fatalf("from %d, length %d: %d, %v, want %d", start, length, n, err, want)
		}
		if !holdsPattern(dst[to:int(to)+n], start) {
			t.Fatal("the bytes counted are not the source's")
		}
		for i, b := range dst {
			if b != 0 && (i < int(to) || i >= int(to)+length) {
				t.Fatalf("byte %d outside the destination was written", i)
			}
		}
	})
}
