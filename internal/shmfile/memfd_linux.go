package shmfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	mfdNoExecSeal    = 0x8
	fsealFutureWrite = 0x10
)

var sealBits = [...]struct {
	ours   Seals
	kernel int
}{
	{SealShrink, unix.F_SEAL_SHRINK},
	{SealGrow, unix.F_SEAL_GROW},
	{SealFutureWrite, fsealFutureWrite},
	{SealSeal, unix.F_SEAL_SEAL},
}

func anonymous(name string, huge bool) (*os.File, error) {
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	if huge {
		flags |= unix.MFD_HUGETLB
	}
	fd, err := unix.MemfdCreate(name, flags|mfdNoExecSeal)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, flags)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

func addSeals(f *os.File, s Seals) error {
	arg := 0
	for _, b := range sealBits {
		if s&b.ours != 0 {
			arg |= b.kernel
		}
	}
	_, err := control(f, func(fd uintptr) (int, error) { return unix.FcntlInt(fd, unix.F_ADD_SEALS, arg) })
	return os.NewSyscallError("fcntl F_ADD_SEALS", err)
}

func getSeals(f *os.File) (Seals, error) {
	got, err := control(f, func(fd uintptr) (int, error) { return unix.FcntlInt(fd, unix.F_GET_SEALS, 0) })
	if errors.Is(err, unix.EINVAL) {
		return 0, errors.ErrUnsupported
	}
	if err != nil {
		return 0, os.NewSyscallError("fcntl F_GET_SEALS", err)
	}
	var s Seals
	for _, b := range sealBits {
		if got&b.kernel != 0 {
			s |= b.ours
		}
	}
	return s, nil
}

func control(f *os.File, call func(fd uintptr) (int, error)) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var callErr error
	if err := raw.Control(func(fd uintptr) {
		n, callErr = retry(func() (int, error) { return call(fd) })
	}); err != nil {
		return 0, err
	}
	return n, callErr
}

func hugePageSize(f *os.File) int64 {
	var st unix.Statfs_t
	_, err := control(f, func(fd uintptr) (int, error) { return 0, unix.Fstatfs(int(fd), &st) })
	if err != nil || uint32(st.Type) != unix.HUGETLBFS_MAGIC {
		return 0
	}
	return int64(st.Bsize)
}
