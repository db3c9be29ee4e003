package mmap

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	fileAllocationInfo = 5
	fsctlSetSparse     = 0x900c4
	fsctlSetZeroData   = 0x980c8
)

// allocate sets the allocation size, which fails on a full disk and leaves the
// length alone, then the length. On NTFS a file that is not sparse has no holes.
func allocate(f *os.File, off, n int64) error {
	if err := allocateBeyond(f, off, n); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil || info.Size() >= off+n {
		return err
	}
	return f.Truncate(off + n)
}

func allocateBeyond(f *os.File, off, n int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	end := off + n
	if end <= info.Size() {
		return nil // a smaller allocation would cut the file
	}
	return withHandle(f, func(h windows.Handle) error {
		err := windows.SetFileInformationByHandle(h, fileAllocationInfo, (*byte)(unsafe.Pointer(&end)), uint32(unsafe.Sizeof(end)))
		if errors.Is(err, windows.ERROR_INVALID_PARAMETER) || errors.Is(err, windows.ERROR_NOT_SUPPORTED) ||
			errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED) {
			return errors.ErrUnsupported
		}
		return os.NewSyscallError("SetFileInformationByHandle", err)
	})
}

// zeroData is FILE_ZERO_DATA_INFORMATION.
type zeroData struct{ off, beyond int64 }

func punchHole(f *os.File, off, n int64) error {
	return withHandle(f, func(h windows.Handle) error {
		var got uint32
		if err := windows.DeviceIoControl(h, fsctlSetSparse, nil, 0, nil, 0, &got, nil); err != nil {
			return os.NewSyscallError("FSCTL_SET_SPARSE", err)
		}
		z := zeroData{off: off, beyond: off + n}
		err := windows.DeviceIoControl(h, fsctlSetZeroData, (*byte)(unsafe.Pointer(&z)), uint32(unsafe.Sizeof(z)), nil, 0, &got, nil)
		return os.NewSyscallError("FSCTL_SET_ZERO_DATA", err)
	})
}
