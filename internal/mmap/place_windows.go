package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// placeholders takes n+more bytes of addresses and splits them after n: Windows 10
// 1803 and later. Nobody can take them until each part is replaced, or freed.
func placeholders(n, more int) (lo, hi uintptr, err error) {
	if procVirtualAlloc2.Find() != nil || procMapViewOfFile3.Find() != nil {
		return 0, 0, errors.ErrUnsupported
	}
	if lo, err = virtualAlloc2(0, n+more, windows.MEM_RESERVE|memPlaceholder); err != nil {
		return 0, 0, err
	}
	if err := windows.VirtualFree(lo, uintptr(n), windows.MEM_RELEASE|memPreserveHolder); err != nil {
		return 0, 0, errors.Join(os.NewSyscallError("VirtualFree", err), windows.VirtualFree(lo, 0, windows.MEM_RELEASE))
	}
	return lo, lo + uintptr(n), nil
}

func virtualAlloc2(at uintptr, n int, kind uintptr) (uintptr, error) {
	got, _, errno := procVirtualAlloc2.Call(uintptr(windows.CurrentProcess()), at, uintptr(n), kind, windows.PAGE_NOACCESS, 0, 0)
	if got == 0 {
		return 0, os.NewSyscallError("VirtualAlloc2", errno)
	}
	return got, nil
}

// mapPlaceholder maps the section over a placeholder of n bytes.
func mapPlaceholder(section windows.Handle, at uintptr, off int64, n int, prot uint32) error {
	got, err := mapView3(section, at, off, n, prot)
	if got == 0 {
		return os.NewSyscallError("MapViewOfFile3", err)
	}
	return nil
}

// freeRange returns where n bytes of addresses are free, until somebody takes them.
func freeRange(n int) (uintptr, error) {
	at, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return 0, os.NewSyscallError("VirtualAlloc", err)
	}
	return at, os.NewSyscallError("VirtualFree", windows.VirtualFree(at, 0, windows.MEM_RELEASE))
}

func mapViewAt(section windows.Handle, at uintptr, off int64, n int, access uint32) error {
	got, _, errno := procMapViewOfFileEx.Call(uintptr(section), uintptr(access), uintptr(uint32(off>>32)), uintptr(uint32(off)), uintptr(n), at)
	if got == 0 {
		return os.NewSyscallError("MapViewOfFileEx", errno)
	}
	return nil
}
