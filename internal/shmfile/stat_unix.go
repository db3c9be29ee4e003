//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package shmfile

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

func statFile(f *os.File) (Stat, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return Stat{}, err
	}
	var st unix.Stat_t
	var callErr error
	err = raw.Control(func(fd uintptr) {
		_, callErr = retry(func() (int, error) { return 0, unix.Fstat(int(fd), &st) })
	})
	if err == nil {
		err = callErr
	}
	if err != nil {
		return Stat{}, err
	}
	return fromUnix(&st), nil
}

func fromUnix(st *unix.Stat_t) Stat {
	return Stat{
		Mode:      fileMode(uint32(st.Mode)),
		Size:      st.Size,
		Allocated: int64(st.Blocks) * 512,
		UID:       int(st.Uid),
		GID:       int(st.Gid),
		Links:     uint64(st.Nlink),
		id:        fileID{uint64(st.Dev), uint64(st.Ino)},
	}
}

func fileMode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	switch m & unix.S_IFMT {
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFREG:
	default:
		mode |= fs.ModeIrregular
	}
	if m&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

func statPath(path string) (Stat, error) {
	var st unix.Stat_t
	if _, err := retry(func() (int, error) { return 0, unix.Lstat(path, &st) }); err != nil {
		return Stat{}, err
	}
	return fromUnix(&st), nil
}
