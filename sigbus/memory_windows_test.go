package sigbus

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// faulty returns memory of pages pages whose pages from good on fault.
func faulty(t testing.TB, pages, good int) []byte {
	t.Helper()
	page := os.Getpagesize()
	addr, err := windows.VirtualAlloc(0, uintptr(pages*page), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { windows.VirtualFree(addr, 0, windows.MEM_RELEASE) })
	data := unsafeSlice(*(*unsafe.Pointer)(unsafe.Pointer(&addr)), pages*page)
	for i := range data {
		data[i] = pattern(i)
	}
	var old uint32
	if good < pages {
		if err := windows.VirtualProtect(addr+uintptr(good*page), uintptr((pages-good)*page), windows.PAGE_NOACCESS, &old); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// unmapped returns a slice whose memory has been given back.
func unmapped(t testing.TB) []byte {
	t.Helper()
	size := os.Getpagesize()
	addr, err := windows.VirtualAlloc(0, uintptr(size), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.VirtualFree(addr, 0, windows.MEM_RELEASE); err != nil {
		t.Fatal(err)
	}
	return unsafeSlice(*(*unsafe.Pointer)(unsafe.Pointer(&addr)), size)
}
