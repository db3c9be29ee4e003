package mmap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const fileAccessInformation = 8 // a class of NtQueryInformationFile: the rights a handle was granted

func accessOf(f *os.File) (Access, bool) {
	var granted uint32
	err := withHandle(f, func(h windows.Handle) error {
		var status windows.IO_STATUS_BLOCK
		return windows.NtQueryInformationFile(h, &status, (*byte)(unsafe.Pointer(&granted)), uint32(unsafe.Sizeof(granted)), fileAccessInformation)
	})
	write, appends := granted&windows.FILE_WRITE_DATA != 0, granted&windows.FILE_APPEND_DATA != 0
	return Access{
		Read:   granted&windows.FILE_READ_DATA != 0,
		Write:  write || appends,
		Append: appends && !write,
	}, err == nil
}
