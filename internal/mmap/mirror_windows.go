package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// mapMirror splits a placeholder of 2n bytes in two and maps the section into
// both halves: Windows 10 1803 and later. Nobody can take the addresses between
// the steps.
func mapMirror(f *os.File, off int64, n int, prot Prot) ([]byte, func() error, error) {
	if procVirtualAlloc2.Find() != nil || procMapViewOfFile3.Find() != nil {
		return nil, nil, errors.ErrUnsupported
	}
	section, err := openSection(f, prot, 0)
	if err != nil {
		return nil, nil, err
	}
	defer windows.CloseHandle(section)
	base, _, errno := procVirtualAlloc2.Call(0, 0, uintptr(2*n), windows.MEM_RESERVE|memPlaceholder, windows.PAGE_NOACCESS, 0, 0)
	if base == 0 {
		return nil, nil, os.NewSyscallError("VirtualAlloc2", errno)
	}
	if err := windows.VirtualFree(base, uintptr(n), windows.MEM_RELEASE|memPreserveHolder); err != nil {
		return nil, nil, errors.Join(os.NewSyscallError("VirtualFree", err), windows.VirtualFree(base, 0, windows.MEM_RELEASE))
	}
	lo, hi := base, base+uintptr(n)
	if err := mapPlaceholder(section, lo, off, n, prot); err != nil {
		return nil, nil, errors.Join(err, windows.VirtualFree(lo, 0, windows.MEM_RELEASE), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	if err := mapPlaceholder(section, hi, off, n, prot); err != nil {
		return nil, nil, errors.Join(err, windows.UnmapViewOfFile(lo), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	end := func() error { return errors.Join(windows.UnmapViewOfFile(lo), windows.UnmapViewOfFile(hi)) }
	return bytesAt(base, 2*n), end, nil
}

func mapPlaceholder(section windows.Handle, at uintptr, off int64, n int, prot Prot) error {
	got, err := mapView3(section, at, off, n, sectionProt(prot, 0))
	if got == 0 {
		return os.NewSyscallError("MapViewOfFile3", err)
	}
	return nil
}
