package futex

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestBellReachesOtherMappingsOfAFile wakes a wait on a word that never changes,
// which nothing but the bell can end, through another view of the file.
func TestBellReachesOtherMappingsOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	here, there := mapView(t, path), mapView(t, path)
	if here == there {
		t.Fatal("one view, not two")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, ctx := range []context.Context{ctx, context.Background()} {
		done := make(chan error, 1)
		go func() { done <- Wait(ctx, here, 0, patience) }()
		for woken := false; !woken; {
			Wake(there, 1)
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				woken = true
			case <-time.After(time.Millisecond):
			}
		}
	}
}

func TestBellIsOfOneWordOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	word := mapView(t, path)
	next := (*uint32)(unsafe.Add(unsafe.Pointer(word), 64))
	b, ok := bellOf(word)
	if !ok {
		t.Fatal("memory of a file without a bell")
	}
	defer b.close()
	Wake(next, All)
	if _, ok := bellOf(new(uint32)); ok {
		t.Fatal("memory of no file has a bell")
	}
	if what, err := windows.WaitForSingleObject(windows.Handle(b), 0); err != nil || what != uint32(windows.WAIT_TIMEOUT) {
		t.Fatalf("the bell of another word rang: %v, %v", what, err)
	}
	Wake(word, All)
	if what, err := windows.WaitForSingleObject(windows.Handle(b), 0); err != nil || what != windows.WAIT_OBJECT_0 {
		t.Fatalf("the bell did not ring: %v, %v", what, err)
	}
}

func mapView(t *testing.T, path string) *uint32 {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READWRITE, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(h)
	addr, err := windows.MapViewOfFile(h, windows.FILE_MAP_WRITE, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = windows.UnmapViewOfFile(addr) })
	return *(**uint32)(unsafe.Pointer(&addr))
}
