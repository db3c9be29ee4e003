//go:build windows && (386 || arm)

package mmap

import "golang.org/x/sys/windows"

// A 64-bit argument takes two places on a 32-bit stack.
func mapView3(section windows.Handle, at uintptr, off int64, n int, prot uint32) (uintptr, error) {
	got, _, err := procMapViewOfFile3.Call(uintptr(section), uintptr(windows.CurrentProcess()), at, uintptr(off), uintptr(off>>32), uintptr(n), memReplaceHolder, uintptr(prot), 0, 0)
	return got, err
}
