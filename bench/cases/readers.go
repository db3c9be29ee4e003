package cases

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	edsrzf "github.com/edsrzf/mmap-go"
	"golang.org/x/exp/mmap"
)

// The systems that read and write files.
const (
	Whole    = "memmapfs"
	Windowed = "memmapfs, windowed"
	Ahead    = "memmapfs, GrowAhead"
	Naive    = "memmapfs, ColdFaults"
	OSFile   = "os.File"
	ExpMmap  = "x/exp/mmap"
	Edsrzf   = "mmap-go"
)

// window and windows hold the whole of a file of warmSize.
const (
	window  = 16 << 20
	windows = 8

	// WindowedLimit is the memory the windowed system may use, in bytes.
	WindowedLimit = window*windows + 64<<20
)

type reader interface {
	io.ReaderAt
	io.Closer
}

// mapped opens name through memmapfs with a file system of its own.
func mapped(name string, flag int, c memmapfs.Config) (*memmapfs.MappedFile, func() error, error) {
	base, err := osfs.NewFS()
	if err != nil {
		return nil, nil, err
	}
	fsys := memmapfs.New(base, &c)
	f, err := fsys.OpenFile(osfs.FromNative(name), flag, 0o600)
	if err != nil {
		return nil, nil, err
	}
	m, ok := f.(*memmapfs.MappedFile)
	if !ok {
		return nil, nil, fmt.Errorf("%s is not mapped", name)
	}
	return m, func() error {
		if err := m.Close(); err != nil {
			return err
		}
		return fsys.Close()
	}, nil
}

// raw reads a bare map as people do who use one: a copy, unguarded.
type raw struct {
	data edsrzf.MMap
	file *os.File
}

func (r raw) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(r.data)) {
		return 0, io.EOF
	}
	n := copy(p, r.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r raw) Close() error {
	if err := r.data.Unmap(); err != nil {
		return err
	}
	return r.file.Close()
}

type closing struct {
	*memmapfs.MappedFile
	close func() error
}

func (c closing) Close() error { return c.close() }

// open opens name for reading with one of the systems.
func open(system, name string) (reader, error) {
	switch system {
	case OSFile:
		return os.Open(name)
	case ExpMmap:
		return mmap.Open(name)
	case Edsrzf:
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		data, err := edsrzf.Map(f, edsrzf.RDONLY, 0)
		return raw{data, f}, err
	}
	c := *memmapfs.DefaultConfig()
	switch system {
	case Windowed:
		c = memmapfs.Config{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncLazy, WindowSize: window, MaxWindows: windows, WindowSlide: true}
	case Naive:
		c.ColdFaults = true
	}
	m, close, err := mapped(name, os.O_RDONLY, c)
	return closing{m, close}, err
}

// newFile writes a file of size bytes into dir.
func newFile(dir, name string, size int64) (string, error) {
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 31)
	}
	for at := int64(0); at < size; at += int64(len(block)) {
		if _, err := f.Write(block[:min(int64(len(block)), size-at)]); err != nil {
			return "", err
		}
	}
	return path, f.Sync()
}
