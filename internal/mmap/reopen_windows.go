package mmap

import (
	"os"

	"golang.org/x/sys/windows"
)

func duplicateFd(fd uintptr, name string) (*os.File, error) {
	var copied windows.Handle
	self := windows.CurrentProcess()
	err := windows.DuplicateHandle(self, windows.Handle(fd), self, &copied, 0, false, windows.DUPLICATE_SAME_ACCESS)
	if err != nil {
		return nil, os.NewSyscallError("DuplicateHandle", err)
	}
	return os.NewFile(uintptr(copied), name), nil
}
