package mmap

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	supported = true
	coherent  = false
)

// granularity is dwAllocationGranularity, which is 64 KiB on every Windows there is.
func granularity() int { return 64 << 10 }

const (
	secLargePages     = 0x80000000
	secCommit         = 0x8000000
	fileMapLargePages = 0x20000000
	memPlaceholder    = 0x40000
	memReplaceHolder  = 0x4000
	memPreserveHolder = 0x2
	fileMapCopy       = 0x1
	fileMapExecute    = 0x20
)

func mapFile(f *os.File, off int64, n int, prot Prot, flags Flag) ([]byte, error) {
	if flags&Durable != 0 {
		return nil, errors.ErrUnsupported
	}
	if flags&LargePages != 0 {
		if err := holdLockMemory(); err != nil {
			return nil, err
		}
	}
	section, err := openSection(f, prot, flags)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(section)
	addr, err := windows.MapViewOfFile(section, viewAccess(prot, flags), uint32(off>>32), uint32(off), uintptr(n))
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	return bytesAt(addr, n), nil
}

// openSection refuses to let CreateFileMapping grow the file: length 0 is the
// length the file has.
func openSection(f *os.File, prot Prot, flags Flag) (windows.Handle, error) {
	var section windows.Handle
	err := withHandle(f, func(h windows.Handle) error {
		var err error
		section, err = windows.CreateFileMapping(h, nil, sectionProt(prot, flags), 0, 0, nil)
		return os.NewSyscallError("CreateFileMapping", err)
	})
	return section, err
}

func sectionProt(prot Prot, flags Flag) uint32 {
	var p uint32
	switch {
	case flags&Private != 0 && prot&Exec != 0:
		p = windows.PAGE_EXECUTE_WRITECOPY
	case flags&Private != 0:
		p = windows.PAGE_WRITECOPY
	case prot&Exec != 0 && prot&Write != 0:
		p = windows.PAGE_EXECUTE_READWRITE
	case prot&Exec != 0:
		p = windows.PAGE_EXECUTE_READ
	case prot&Write != 0:
		p = windows.PAGE_READWRITE
	default:
		p = windows.PAGE_READONLY
	}
	if flags&LargePages != 0 {
		p |= secLargePages | secCommit
	}
	return p
}

func viewAccess(prot Prot, flags Flag) uint32 {
	var a uint32 = windows.FILE_MAP_READ
	switch {
	case flags&Private != 0:
		a = fileMapCopy
	case prot&Write != 0:
		a |= windows.FILE_MAP_WRITE
	}
	if prot&Exec != 0 {
		a |= fileMapExecute
	}
	if flags&LargePages != 0 {
		a |= fileMapLargePages
	}
	return a
}

// reservations are what reserve and privateRoom took, by first address: they end by
// another call than views. The value is how many bytes at the beginning are a view.
var reservations sync.Map

func reserve(n int) ([]byte, error) {
	addr, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, os.NewSyscallError("VirtualAlloc", err)
	}
	reservations.Store(addr, 0)
	return bytesAt(addr, n), nil
}

func commit(b []byte) error {
	_, err := windows.VirtualAlloc(Address(b), uintptr(len(b)), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return os.NewSyscallError("VirtualAlloc", err)
}

func unmap(b []byte) error {
	at := Address(b)
	shown, ok := reservations.LoadAndDelete(at)
	if !ok || shown != 0 {
		if err := windows.UnmapViewOfFile(at); err != nil {
			if ok {
				reservations.Store(at, shown)
			}
			return os.NewSyscallError("UnmapViewOfFile", err)
		}
		if !ok {
			return nil
		}
		at += uintptr(shown.(int))
	}
	err := windows.VirtualFree(at, 0, windows.MEM_RELEASE)
	if err != nil && shown == 0 {
		reservations.Store(at, 0)
	}
	return os.NewSyscallError("VirtualFree", err)
}

func protect(b []byte, prot Prot) error {
	p := uint32(windows.PAGE_NOACCESS)
	switch {
	case prot&Exec != 0:
		p = windows.PAGE_EXECUTE_READ
	case prot&Write != 0:
		p = windows.PAGE_READWRITE
	case prot&Read != 0:
		p = windows.PAGE_READONLY
	}
	var old uint32
	return os.NewSyscallError("VirtualProtect", windows.VirtualProtect(Address(b), uintptr(len(b)), p, &old))
}

func mapFileAt([]byte, *os.File, int64, Prot, Flag) error { return errors.ErrUnsupported }
func anonymousAt([]byte) error                            { return errors.ErrUnsupported }
func blank([]byte) error                                  { return errors.ErrUnsupported }

// bytesAt makes a slice of memory that the system returned as a number.
func bytesAt(addr uintptr, n int) []byte {
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr))), n)
}

func withHandle(f *os.File, fn func(h windows.Handle) error) error {
	if f == nil {
		return fmt.Errorf("map: %w", os.ErrInvalid)
	}
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = fn(windows.Handle(fd)) }); err != nil {
		return err
	}
	return inner
}
