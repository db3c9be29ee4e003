//go:build linux || darwin || freebsd || netbsd || dragonfly

package mmap

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	supported = true
	coherent  = true
)

func granularity() int { return pageSize }

func mapFile(f *os.File, off int64, n int, prot Prot, flags Flag) ([]byte, error) {
	return mapDescriptor(nil, f, off, n, prot, sharing(flags))
}

func mapFileAt(at []byte, f *os.File, off int64, prot Prot, flags Flag) error {
	_, err := mapDescriptor(unsafe.Pointer(&at[0]), f, off, len(at), prot, sharing(flags)|unix.MAP_FIXED)
	return err
}

func mapDescriptor(at unsafe.Pointer, f *os.File, off int64, n int, prot Prot, flags int) ([]byte, error) {
	var b []byte
	err := withDescriptor(f, func(fd int) error {
		p, err := unix.MmapPtr(fd, off, at, uintptr(n), unixProt(prot), flags)
		if err != nil {
			return os.NewSyscallError("mmap", err)
		}
		b = unsafe.Slice((*byte)(p), n)
		return nil
	})
	return b, err
}

func reserve(n int) ([]byte, error) {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return unsafe.Slice((*byte)(p), n), nil
}

func privateRoom(f *os.File, shown, n int) ([]byte, error) {
	b, err := reserve(n)
	if err != nil {
		return nil, err
	}
	if err := mapFileAt(b[:shown], f, 0, Read|Write, Private); err != nil {
		return nil, errors.Join(err, unmap(b))
	}
	return b, nil
}

func anonymousAt(at []byte) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&at[0]), uintptr(len(at)), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED|mapNoReserve)
	return os.NewSyscallError("mmap", err)
}

func commit([]byte) error { return errors.ErrUnsupported }

// blank forbids access when nothing new can be mapped, as is so for a process
// with as many mappings as it may have. The file then stays mapped until unmap.
func blank(b []byte) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&b[0]), uintptr(len(b)), unix.PROT_NONE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED|mapNoReserve)
	if errors.Is(err, unix.ENOMEM) && unix.Mprotect(b, unix.PROT_NONE) == nil {
		return nil
	}
	return os.NewSyscallError("mmap", err)
}

func unmap(b []byte) error {
	return os.NewSyscallError("munmap", unix.MunmapPtr(unsafe.Pointer(&b[0]), uintptr(len(b))))
}

func protect(b []byte, prot Prot) error {
	return os.NewSyscallError("mprotect", unix.Mprotect(b, unixProt(prot)))
}

func unixProt(prot Prot) int {
	p := unix.PROT_NONE
	if prot&Read != 0 {
		p |= unix.PROT_READ
	}
	if prot&Write != 0 {
		p |= unix.PROT_WRITE
	}
	if prot&Exec != 0 {
		p |= unix.PROT_EXEC
	}
	return p
}

// withDescriptor runs fn with the descriptor of f, which stays open meanwhile
// and keeps its blocking mode, unlike with f.Fd.
func withDescriptor(f *os.File, fn func(fd int) error) error {
	if f == nil {
		return fmt.Errorf("map: %w", os.ErrInvalid)
	}
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}
