//go:build windows && (amd64 || arm64)

package mmap

import "golang.org/x/sys/windows"

func mapView3(section windows.Handle, at uintptr, off int64, n int, prot uint32) (uintptr, error) {
	got, _, err := procMapViewOfFile3.Call(uintptr(section), uintptr(windows.CurrentProcess()), at, uintptr(off), uintptr(n), memReplaceHolder, uintptr(prot), 0, 0)
	return got, err
}
