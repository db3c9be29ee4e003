package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// privateRoom charges what it shows against the system's limit of memory, since
// every page may become a copy: a file larger than that is refused.
func privateRoom(f *os.File, shown, n int) ([]byte, error) {
	section, err := openSection(f, Read|Write, Private)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(section)
	at, err := roomOverPlaceholder(section, shown, n)
	if err != nil {
		at, err = roomByTrying(section, shown, n)
	}
	if err != nil {
		return nil, err
	}
	reservations.Store(at, shown)
	return bytesAt(at, n), nil
}

func roomOverPlaceholder(section windows.Handle, shown, n int) (uintptr, error) {
	lo, hi, err := placeholders(shown, n-shown)
	if err != nil {
		return 0, err
	}
	if err := mapPlaceholder(section, lo, 0, shown, sectionProt(Read|Write, Private)); err != nil {
		return 0, errors.Join(err, windows.VirtualFree(lo, 0, windows.MEM_RELEASE), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	if _, err := virtualAlloc2(hi, n-shown, windows.MEM_RESERVE|memReplaceHolder); err != nil {
		return 0, errors.Join(err, windows.UnmapViewOfFile(lo), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	return lo, nil
}

// roomByTrying maps and reserves where addresses are free, hoping that nobody takes
// them in between; it tries again when somebody did.
func roomByTrying(section windows.Handle, shown, n int) (uintptr, error) {
	var err error
	for range 32 {
		var lo uintptr
		if lo, err = freeRange(n); err != nil {
			return 0, err
		}
		if err = mapViewAt(section, lo, 0, shown, viewAccess(Read|Write, Private)); err != nil {
			continue
		}
		if _, err = windows.VirtualAlloc(lo+uintptr(shown), uintptr(n-shown), windows.MEM_RESERVE, windows.PAGE_NOACCESS); err == nil {
			return lo, nil
		}
		if uerr := windows.UnmapViewOfFile(lo); uerr != nil {
			return 0, errors.Join(err, uerr)
		}
	}
	return 0, err
}
