package vmem

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const memCommit = 0x1000

func mapped(addr uintptr) bool {
	var info windows.MemoryBasicInformation
	if err := windows.VirtualQuery(addr, &info, unsafe.Sizeof(info)); err != nil {
		return false
	}
	return info.State == memCommit
}

func busError() os.Signal { return nil }
