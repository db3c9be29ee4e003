package mmap

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/windows"
)

// The two ways to a room, of which PrivateRoom takes the first that works.
func TestBothWaysToARoom(t *testing.T) {
	shown := Granularity()
	n := shown + 1<<20
	f := tempFile(t, bytes.Repeat([]byte("a"), shown))
	for name, way := range map[string]func(windows.Handle, int, int) (uintptr, error){"placeholder": roomOverPlaceholder, "trying": roomByTrying} {
		t.Run(name, func(t *testing.T) {
			if name == "placeholder" {
				lo, hi, err := placeholders(shown, n-shown)
				if err != nil {
					t.Skip("platform: no placeholders:", err)
				}
				if err := errors.Join(windows.VirtualFree(lo, 0, windows.MEM_RELEASE), windows.VirtualFree(hi, 0, windows.MEM_RELEASE)); err != nil {
					t.Fatal(err)
				}
			}
			section, err := openSection(f, Read|Write, Private)
			if err != nil {
				t.Fatal(err)
			}
			defer windows.CloseHandle(section)
			at, err := way(section, shown, n)
			if err != nil {
				t.Fatal(err)
			}
			reservations.Store(at, shown)
			b := bytesAt(at, n)
			roomShows(t, b, shown)
			if err := unmap(b); err != nil {
				t.Fatal(err)
			}
		})
	}
}
