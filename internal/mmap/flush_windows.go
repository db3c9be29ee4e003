package mmap

import (
	"os"

	"golang.org/x/sys/windows"
)

// syncRange needs both calls: FlushViewOfFile hands the pages to the file
// system, FlushFileBuffers waits for the disk.
func syncRange(b []byte, f *os.File) error {
	if err := windows.FlushViewOfFile(Address(b), uintptr(len(b))); err != nil {
		return os.NewSyscallError("FlushViewOfFile", err)
	}
	return withHandle(f, func(h windows.Handle) error {
		return os.NewSyscallError("FlushFileBuffers", windows.FlushFileBuffers(h))
	})
}

func writeback(b []byte, _ *os.File, _ int64) error {
	return os.NewSyscallError("FlushViewOfFile", windows.FlushViewOfFile(Address(b), uintptr(len(b))))
}
