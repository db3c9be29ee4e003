package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func mapMirror(f *os.File, off int64, n int, prot Prot) ([]byte, func() error, error) {
	section, err := openSection(f, prot, 0)
	if err != nil {
		return nil, nil, err
	}
	defer windows.CloseHandle(section)
	base, err := mirrorOverPlaceholder(section, off, n, prot)
	if err != nil {
		base, err = mirrorByTrying(section, off, n, prot)
	}
	if err != nil {
		return nil, nil, err
	}
	end := func() error {
		return errors.Join(windows.UnmapViewOfFile(base), windows.UnmapViewOfFile(base+uintptr(n)))
	}
	return bytesAt(base, 2*n), end, nil
}

// mirrorOverPlaceholder splits a placeholder of 2n bytes in two and maps the
// section into both halves: Windows 10 1803 and later. Nobody can take the
// addresses between the steps.
func mirrorOverPlaceholder(section windows.Handle, off int64, n int, prot Prot) (uintptr, error) {
	lo, hi, err := placeholders(n, n)
	if err != nil {
		return 0, err
	}
	if err := mapPlaceholder(section, lo, off, n, sectionProt(prot, 0)); err != nil {
		return 0, errors.Join(err, windows.VirtualFree(lo, 0, windows.MEM_RELEASE), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	if err := mapPlaceholder(section, hi, off, n, sectionProt(prot, 0)); err != nil {
		return 0, errors.Join(err, windows.UnmapViewOfFile(lo), windows.VirtualFree(hi, 0, windows.MEM_RELEASE))
	}
	return lo, nil
}

// mirrorByTrying finds a free range, gives it back and maps into it, hoping that
// nobody takes it in between; it tries again when somebody did.
func mirrorByTrying(section windows.Handle, off int64, n int, prot Prot) (uintptr, error) {
	var err error
	for range 32 {
		var lo uintptr
		if lo, err = freeRange(2 * n); err != nil {
			return 0, err
		}
		if err = mapViewAt(section, lo, off, n, viewAccess(prot, 0)); err != nil {
			continue
		}
		if err = mapViewAt(section, lo+uintptr(n), off, n, viewAccess(prot, 0)); err == nil {
			return lo, nil
		}
		if uerr := windows.UnmapViewOfFile(lo); uerr != nil {
			return 0, errors.Join(err, uerr)
		}
	}
	return 0, err
}
