package mmap

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allocate reserves space behind the end with F_PREALLOCATE of fcntl(2), then
// sets the length. Holes before the end stay holes: the system has no call for
// them.
func allocate(f *os.File, off, n int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	end := off + n
	if end <= info.Size() {
		return errors.ErrUnsupported
	}
	if err := preallocate(f, end-info.Size()); err != nil {
		return err
	}
	return f.Truncate(end)
}

func allocateBeyond(f *os.File, off, n int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if off+n <= info.Size() {
		return nil
	}
	return preallocate(f, off+n-info.Size())
}

// preallocate reserves n bytes from the physical end of the file
// (F_PEOFPOSMODE), in one piece if there is one (F_ALLOCATECONTIG), else in
// several, but all or nothing (F_ALLOCATEALL). File systems without it say ENOTSUP;
// fcntl(2) gives ENOSPC where there is no room.
func preallocate(f *os.File, n int64) error {
	return withDescriptor(f, func(fd int) error {
		st := unix.Fstore_t{Flags: unix.F_ALLOCATECONTIG, Posmode: unix.F_PEOFPOSMODE, Length: n}
		err := unix.FcntlFstore(uintptr(fd), unix.F_PREALLOCATE, &st)
		if err != nil {
			st.Flags = unix.F_ALLOCATEALL
			err = unix.FcntlFstore(uintptr(fd), unix.F_PREALLOCATE, &st)
		}
		if err == unix.ENOTSUP || err == unix.EINVAL {
			return errors.ErrUnsupported
		}
		return os.NewSyscallError("fcntl", err)
	})
}

// fpunchhole is struct fpunchhole_t of <sys/fcntl.h>: unsigned int fp_flags, which
// are unused, reserved, off_t fp_offset, fp_length.
type fpunchhole struct {
	flags, reserved uint32
	offset, length  int64
}

// punchHole: fcntl(2) wants the range to be whole blocks of the file system and
// says EINVAL otherwise.
func punchHole(f *os.File, off, n int64) error {
	const fPunchHole = 99 // F_PUNCHHOLE of <sys/fcntl.h>
	h := fpunchhole{offset: off, length: n}
	return withDescriptor(f, func(fd int) error {
		_, _, errno := unix.Syscall(unix.SYS_FCNTL, uintptr(fd), fPunchHole, uintptr(unsafe.Pointer(&h)))
		if errno != 0 {
			return os.NewSyscallError("fcntl", errno)
		}
		return nil
	})
}
