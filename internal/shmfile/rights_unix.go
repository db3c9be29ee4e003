//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package shmfile

import (
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// oneByte travels with a descriptor: a message must not be empty.
const oneByte = 'f'

func send(conn *net.UnixConn, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var sendErr error
	if err := raw.Control(func(fd uintptr) {
		_, _, sendErr = conn.WriteMsgUnix([]byte{oneByte}, unix.UnixRights(int(fd)), nil)
	}); err != nil {
		return err
	}
	return sendErr
}

func receive(conn *net.UnixConn) (*os.File, error) {
	const room = 8
	data := make([]byte, 1)
	control := make([]byte, unix.CmsgSpace(4*room))
	n, controlLen, flags, _, err := conn.ReadMsgUnix(data, control)
	if err != nil {
		return nil, err
	}
	fds, err := descriptors(control[:controlLen])
	switch {
	case err != nil:
	case n == 0 && len(fds) == 0:
		err = io.EOF
	case flags&unix.MSG_CTRUNC != 0:
		err = errors.New("too many descriptors in one message")
	case len(fds) == 0:
		err = errors.New("a message without a descriptor")
	}
	keep := 0
	if err == nil {
		keep = 1
	}
	for _, fd := range fds[keep:] {
		_ = unix.Close(fd)
	}
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "received region"), nil
}

func descriptors(control []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_RIGHTS {
			continue
		}
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return all, err
		}
		all = append(all, fds...)
	}
	return all, nil
}

func duplicate(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var dupErr error
	if err := raw.Control(func(old uintptr) {
		fd, dupErr = retry(func() (int, error) { return unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) })
	}); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, os.NewSyscallError("fcntl F_DUPFD_CLOEXEC", dupErr)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
