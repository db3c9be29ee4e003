package memmapfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// Map maps a file you opened yourself. A nil config means [DefaultConfig]. What
// the handle may do is what the descriptor may do; on Windows it is tried out.
// The file stays yours: keep it open until the handle is closed, and close it
// yourself.
func Map(file *os.File, config *Config) (*MappedFile, error) {
	cfg, err := config.prepare()
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("memmapfs: map: %w", os.ErrInvalid)
	}
	a, ok := mmap.AccessOf(file)
	if !ok {
		a = mmap.Access{Read: true, Write: cfg.Mode != ModeReadOnly && cfg.Mode != ModeExecute}
	}
	if cfg.Mode == ModeReadOnly || cfg.Mode == ModeExecute {
		a.Write = false
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f := &MappedFile{cfg: &cfg, name: file.Name(), native: file, access: access{a.Read, a.Write, a.Append}}
	return f, f.start(info)
}

// wrap makes a handle of what the wrapped file system opened.
func (m *MemMapFS) wrap(base absfs.File, native *os.File, flag int) (absfs.File, error) {
	info, err := base.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return base, nil
	}
	f := &MappedFile{
		fs: m, cfg: &m.cfg, name: base.Name(), base: base, native: native,
		access: accessOf(flag),
	}
	if err := f.start(info); err != nil {
		return nil, err
	}
	return f, nil
}

func accessOf(flag int) access {
	mode := flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	return access{
		read:   mode != os.O_WRONLY,
		write:  mode != os.O_RDONLY,
		append: flag&os.O_APPEND != 0,
	}
}

// start maps the file or finds out why it cannot be.
func (f *MappedFile) start(info fs.FileInfo) error {
	f.size.Store(info.Size())
	f.dirty.shift = pageShift
	if f.access.append {
		f.pos.Store(askKernel)
	}
	err := f.mapWhole()
	if err == nil {
		return nil
	}
	if f.cfg.Mapping == MapRequire {
		return f.pathError("map", fmt.Errorf("%w: %w", ErrNotMappable, err))
	}
	f.why = err
	return nil
}

var (
	errNoDescriptor = errors.New("the wrapped file system gives no descriptor")
	errWriteHandle  = errors.New("opened for writing under a mode that maps for reading only")
)
