package memmapfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
)

// A MemMapFS is a file system whose regular files are memory mapped. Its
// methods may be called from many goroutines at once as far as those of the
// wrapped file system may.
type MemMapFS struct {
	base     absfs.FileSystem
	onSystem *osfs.FileSystem // base, when files can be opened without a detour
	links    absfs.SymLinker  // base, when it knows symbolic links
	cfg      Config
	err      error // what is wrong with the config; told at the first Open

	closed atomic.Bool
	sync   syncer

	mu     sync.Mutex
	open   map[weak.Pointer[MappedFile]]struct{}
	images map[imageKey]*image // of ModeCopyOnWrite
	stats  fsCounters
}

// New wraps underlying. A nil config means [DefaultConfig]; the config is
// copied, and what is wrong with it is reported by the first Open. Without
// underlying every method that returns an error has one that matches [ErrConfig].
func New(underlying absfs.FileSystem, config *Config) *MemMapFS {
	if missing(underlying) {
		underlying = noBase{}
	}
	m := &MemMapFS{base: underlying}
	m.cfg, m.err = config.withDefaults()
	m.onSystem, _ = underlying.(*osfs.FileSystem)
	m.links, _ = underlying.(absfs.SymLinker)
	return m
}

// Close ends the background goroutine, after a last flush of what files have
// written under SyncPeriodic, drops the private changes of ModeCopyOnWrite that
// no open handle shows, and refuses further opens. Open handles go on working;
// each is closed by its owner.
func (m *MemMapFS) Close() error {
	if m.closed.Swap(true) {
		return fs.ErrClosed
	}
	return errors.Join(m.sync.stop(), m.freeImages())
}

// Open opens the named file for reading.
func (m *MemMapFS) Open(name string) (absfs.File, error) {
	return m.OpenFile(name, os.O_RDONLY, 0)
}

// Create creates or truncates the named file and opens it for reading and writing.
func (m *MemMapFS) Create(name string) (absfs.File, error) {
	return m.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile opens the named file. Regular files are returned as *[MappedFile],
// everything else as the wrapped file system returns it. The flags decide what
// the handle may do, the config how it is mapped.
func (m *MemMapFS) OpenFile(name string, flag int, perm fs.FileMode) (absfs.File, error) {
	if m.err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: m.err}
	}
	if m.closed.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrClosed}
	}
	baseFlag := flag
	if m.cfg.Mode == ModeCopyOnWrite && m.maybeRegular(name) {
		baseFlag = privateFlags(flag)
	}
	base, err := m.openEmptying(name, baseFlag, perm)
	if err != nil {
		return nil, err
	}
	f, err := m.wrap(base, flag)
	if err != nil {
		base.Close()
		return nil, err
	}
	return f, nil
}

var (
	_ absfs.SymlinkFileSystem = (*MemMapFS)(nil)
	_ io.Closer               = (*MemMapFS)(nil)
)
