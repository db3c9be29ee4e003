//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package shmfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

type unixDir struct {
	f    *os.File
	path string
}

var _ directory = (*unixDir)(nil)

func openDir(path string, follow bool) (directory, error) {
	flags := unix.O_DIRECTORY | unix.O_RDONLY | unix.O_CLOEXEC
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := retry(func() (int, error) { return unix.Open(path, flags, 0) })
	if err != nil {
		return nil, err
	}
	return &unixDir{f: os.NewFile(uintptr(fd), path), path: path}, nil
}

func (d *unixDir) fd() int { return int(d.f.Fd()) }

func (d *unixDir) close() error { return d.f.Close() }

// sync is content with file systems that know no fsync of a folder.
func (d *unixDir) sync() error {
	err := d.f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func (d *unixDir) self() (Stat, error) { return statFile(d.f) }

func (d *unixDir) stat(name string) (Stat, error) {
	var st unix.Stat_t
	_, err := retry(func() (int, error) { return 0, unix.Fstatat(d.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return Stat{}, err
	}
	return fromUnix(&st), nil
}

func (d *unixDir) open(name string, writable bool) (*os.File, error) {
	flags := unix.O_RDONLY
	if writable {
		flags = unix.O_RDWR
	}
	return openat(d.fd(), name, filepath.Join(d.path, name), flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

func (d *unixDir) unlink(name string) error {
	_, err := retry(func() (int, error) { return 0, unix.Unlinkat(d.fd(), name, 0) })
	return err
}

func (d *unixDir) names() ([]string, error) {
	again, err := openat(d.fd(), ".", d.path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer again.Close()
	return again.Readdirnames(-1)
}

// draftNamed makes a draft under a temporary name.
func (d *unixDir) draftNamed(name string, perm fs.FileMode) (*Draft, error) {
	for {
		temp := tempName()
		f, err := openat(d.fd(), temp, filepath.Join(d.path, name), unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return finishDraft(&Draft{File: f, temp: temp}, d, perm)
	}
}

// finishDraft gives the file its exact permission bits, whatever the umask.
func finishDraft(w *Draft, d *unixDir, perm fs.FileMode) (*Draft, error) {
	if err := w.File.Chmod(perm); err != nil {
		if w.temp != "" {
			_ = d.unlink(w.temp)
		}
		_ = w.File.Close()
		return nil, err
	}
	return w, nil
}

// publishNamed links the draft into place and takes the temporary name away.
// Where the file system has no hard links it renames without replacing.
func (d *unixDir) publishNamed(w *Draft, name string) error {
	_, err := retry(func() (int, error) { return 0, unix.Linkat(d.fd(), w.temp, d.fd(), name, 0) })
	switch {
	case err == nil:
		_ = d.unlink(w.temp) // the file is published, whatever happens to its other name
		return nil
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EMLINK):
		return renameNew(d.fd(), d.path, w.temp, name)
	default:
		return err
	}
}

func openat(dir int, name, path string, flags int, perm uint32) (*os.File, error) {
	fd, err := retry(func() (int, error) { return unix.Openat(dir, name, flags|unix.O_CLOEXEC, perm) })
	if err != nil {
		return nil, err
	}
	if flags&unix.O_NONBLOCK != 0 {
		if err := unix.SetNonblock(fd, false); err != nil {
			_ = unix.Close(fd)
			return nil, err
		}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
