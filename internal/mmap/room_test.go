package mmap

import (
	"bytes"
	"errors"
	"testing"
)

// roomShows looks at a room of which the first shown bytes are a view of f, in which
// every byte is 'a', and at the memory behind.
func roomShows(t *testing.T, b []byte, shown int) {
	t.Helper()
	behind := b[shown : shown+PageSize()]
	if err := Commit(behind); errors.Is(err, errors.ErrUnsupported) {
		err = AnonymousAt(behind)
		if err != nil {
			t.Fatal(err)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	if b[0] != 'a' || b[shown-1] != 'a' || behind[0] != 0 {
		t.Fatalf("shows %q, %q and %q behind", b[0], b[shown-1], behind[0])
	}
	copy(b[shown-2:], "edge")
	if string(b[shown-2:shown+2]) != "edge" {
		t.Fatalf("%q across the edge", b[shown-2:shown+2])
	}
}

func TestARoomShowsTheFileAndKeepsWritesToItself(t *testing.T) {
	shown := 2 * Granularity()
	content := bytes.Repeat([]byte("a"), shown+5)
	f := tempFile(t, content)
	for range 3 {
		b, err := PrivateRoom(f, shown, shown+1<<20)
		if err != nil {
			t.Fatal(err)
		}
		roomShows(t, b, shown)
		if err := Unmap(b); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, len(content))
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("the file changed: %v", err)
	}
	// Nothing of the room holds the file any more.
	if err := Truncate(f, 1); err != nil {
		t.Fatal(err)
	}
}

func TestARoomNeedsSomethingToShowAndSomethingBehind(t *testing.T) {
	f := tempFile(t, make([]byte, 2*Granularity()))
	for _, r := range [][2]int{{0, 1 << 20}, {-Granularity(), 1 << 20}, {Granularity(), Granularity()}, {2 * Granularity(), Granularity()}, {1, 1 << 20}} {
		if b, err := PrivateRoom(f, r[0], r[1]); !errors.Is(err, errInvalid) {
			t.Errorf("%d of %d bytes: %d, %v", r[0], r[1], len(b), err)
		}
	}
	if b, err := PrivateRoom(f, 4*Granularity(), 1<<20); err == nil && !Coherent {
		t.Errorf("more than the file has: %d bytes", len(b))
	}
}
