package mmap

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32            = windows.NewLazySystemDLL("kernel32.dll")
	kernelbase          = windows.NewLazySystemDLL("kernelbase.dll")
	procPrefetch        = kernel32.NewProc("PrefetchVirtualMemory")
	procVirtualUnlock   = kernel32.NewProc("VirtualUnlock")
	procVirtualAlloc2   = kernelbase.NewProc("VirtualAlloc2")
	procMapViewOfFileEx = kernel32.NewProc("MapViewOfFileEx")
	procMapViewOfFile3  = kernelbase.NewProc("MapViewOfFile3")
)

// memoryRange is WIN32_MEMORY_RANGE_ENTRY.
type memoryRange struct {
	addr uintptr
	n    uintptr
}

func advise(b []byte, a Advice) error {
	switch a {
	case Normal:
		return nil
	case WillNeed:
		return prefetch(b)
	case DontNeed, PageOut:
		// Unlocking pages that are not locked takes them out of the working set.
		err := virtualUnlock(b)
		if errors.Is(err, windows.ERROR_NOT_LOCKED) {
			return nil
		}
		return err
	}
	return errors.ErrUnsupported
}

func prefetch(b []byte) error {
	if procPrefetch.Find() != nil {
		return errors.ErrUnsupported
	}
	r := memoryRange{addr: Address(b), n: uintptr(len(b))}
	ok, _, err := procPrefetch.Call(uintptr(windows.CurrentProcess()), 1, uintptr(unsafe.Pointer(&r)), 0)
	if ok == 0 {
		return os.NewSyscallError("PrefetchVirtualMemory", err)
	}
	return nil
}

func populate([]byte, bool) error { return errors.ErrUnsupported }

func populateFile(*os.File, int64, int) error { return errors.ErrUnsupported }

// lock raises the working set's minimum when the pages do not fit into it.
func lock(b []byte) error {
	err := windows.VirtualLock(Address(b), uintptr(len(b)))
	if !errors.Is(err, windows.ERROR_WORKING_SET_QUOTA) {
		return os.NewSyscallError("VirtualLock", err)
	}
	var lo, hi uintptr
	var flags uint32
	windows.GetProcessWorkingSetSizeEx(windows.CurrentProcess(), &lo, &hi, &flags)
	more := uintptr(len(b)) + 1<<20
	if err := windows.SetProcessWorkingSetSizeEx(windows.CurrentProcess(), lo+more, hi+more, flags); err != nil {
		return os.NewSyscallError("SetProcessWorkingSetSizeEx", err)
	}
	return os.NewSyscallError("VirtualLock", windows.VirtualLock(Address(b), uintptr(len(b))))
}

func unlock(b []byte) error { return virtualUnlock(b) }

func virtualUnlock(b []byte) error {
	ok, _, err := procVirtualUnlock.Call(Address(b), uintptr(len(b)))
	if ok == 0 {
		return os.NewSyscallError("VirtualUnlock", err)
	}
	return nil
}

// workingSetEx is PSAPI_WORKING_SET_EX_INFORMATION.
type workingSetEx struct {
	addr  uintptr
	flags uintptr
}

func resident(b []byte) (int64, error) {
	var pages int64
	var infos [256]workingSetEx
	for len(b) > 0 {
		n := min(len(infos), (len(b)+pageSize-1)/pageSize)
		for i := range n {
			infos[i] = workingSetEx{addr: Address(b) + uintptr(i*pageSize)}
		}
		err := windows.QueryWorkingSetEx(windows.CurrentProcess(), uintptr(unsafe.Pointer(&infos[0])), uint32(uintptr(n)*unsafe.Sizeof(infos[0])))
		if err != nil {
			return 0, os.NewSyscallError("QueryWorkingSetEx", err)
		}
		for _, info := range infos[:n] {
			pages += int64(info.flags & 1)
		}
		b = b[min(len(b), n*pageSize):]
	}
	return pages * int64(pageSize), nil
}

func readahead(*os.File, int64, int64) error { return errors.ErrUnsupported }

func fileAdvise(*os.File, int64, int64, Advice) error { return errors.ErrUnsupported }

// noCache: FILE_FLAG_NO_BUFFERING can only be given when a file is opened, and
// mapped views are always cached.
func noCache(*os.File, bool) error { return errors.ErrUnsupported }

func lockLimit() (int64, bool) { return 0, false }
