package memmapfs

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// Map maps a file you opened yourself. A nil config means [DefaultConfig]. What
// the handle may do is what the descriptor may do and the mode allows; under
// ModeCopyOnWrite it may write whatever the descriptor may. Its position is its own and
// begins at 0. Two handles of Map share nothing, a private image neither. The file
// stays yours: keep it open until the handle is closed, and close it then. What is no
// regular file is an error that matches [ErrNotMappable].
func Map(file *os.File, config *Config) (*MappedFile, error) {
	cfg, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("memmapfs: map: %w", os.ErrInvalid)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "map", Path: file.Name(), Err: fmt.Errorf("%w: not a regular file", ErrNotMappable)}
	}
	reads := cfg.Mode == ModeReadOnly || cfg.Mode == ModeExecute
	a, ok := mmap.AccessOf(file)
	switch {
	case !ok:
		a = mmap.Access{Read: true, Write: !reads}
	case reads:
		a.Write = false
	case cfg.Mode == ModeCopyOnWrite:
		a.Write = true
	}
	f := &MappedFile{cfg: &cfg, name: file.Name(), native: file, access: access{read: a.Read, write: a.Write, append: a.Append}}
	if err := f.start(info, false); err != nil {
		return nil, err
	}
	return f, nil
}

// wrap makes a handle of what the wrapped file system opened.
func (m *MemMapFS) wrap(base absfs.File, flag int) (absfs.File, error) {
	info, err := base.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return base, nil
	}
	f := &MappedFile{fs: m, cfg: &m.cfg, name: base.Name(), base: base, access: accessOf(flag)}
	f.native, f.ownsNative = nativeOf(base, info, m.reopenFlag(flag))
	if err := f.start(info, flag&os.O_TRUNC != 0); err != nil {
		f.closeNative()
		return nil, err
	}
	m.remember(f)
	if flag&os.O_TRUNC != 0 && f.identified {
		m.shortened(f.id, 0, base.Stat)
	}
	return f, nil
}

func accessOf(flag int) access {
	mode := flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	return access{
		read:   mode != os.O_WRONLY,
		write:  mode != os.O_RDONLY,
		append: flag&os.O_APPEND != 0,
		sync:   flag&os.O_SYNC != 0,
	}
}

// start maps the file or finds out why it cannot be.
func (f *MappedFile) start(info fs.FileInfo, truncate bool) error {
	f.size = new(length)
	f.size.Store(info.Size())
	if f.id, f.identified = mmap.IDOfInfo(info); !f.identified {
		f.id, f.identified = fileID(f.native)
	}
	f.dirty.shift = pageShift
	f.mapper = f.native
	if f.access.append {
		f.pos.Store(askKernel)
	}
	if f.cfg.NoCache && f.native != nil {
		f.note(mmap.NoCache(f.native, true), "no cache")
	}
	err := f.mapSomehow(info, truncate)
	if err == nil {
		f.list()
		f.noteAhead()
		return nil
	}
	f.closeMapper()
	f.mapper = f.native
	var must required
	if f.cfg.Mapping == MapRequire || errors.As(err, &must) {
		return f.pathError("map", fmt.Errorf("%w: %w", ErrNotMappable, err))
	}
	f.why = err
	f.countRefused(err)
	f.log(slog.LevelWarn, "memmapfs: plain reads and writes instead of a mapping", err)
	f.noteAhead()
	return nil
}

// required is a failure that plain reads and writes cannot make good: the
// config asked for something that only a mapping has.
type required struct{ error }

func (r required) Unwrap() error { return r.error }

// mapSomehow maps the file as the config says, or in windows where the whole
// does not fit the address space.
func (f *MappedFile) mapSomehow(info fs.FileInfo, truncate bool) error {
	switch {
	case f.cfg.Mode == ModeCopyOnWrite:
		return f.startPrivate(info, truncate)
	case !mmap.Supported:
		return errNoMaps
	case f.native == nil:
		return errNoDescriptor
	case f.access.write && (f.cfg.Mode == ModeReadOnly || f.cfg.Mode == ModeExecute):
		return errWriteHandle
	}
	// What only appends may not be mapped for writing on Windows.
	if f.access.write && (!f.access.read || f.access.append && !mmap.Coherent) {
		rw, err := mmap.ReopenReadWrite(f.native)
		if err != nil {
			return err
		}
		f.mapper = rw
	}
	if f.cfg.windowed() {
		return f.startWindows(f.cfg.WindowSize, f.cfg.MaxWindows)
	}
	err := errTooLarge
	if is64 || f.size.Load() <= mostWhole32 {
		err = f.mapWhole(0)
	}
	if errors.Is(err, errTooLarge) || errors.Is(err, sysx.ENOMEM) {
		werr := f.startWindows(autoWindow, DefaultMaxWindows)
		if werr == nil {
			f.countRefused(err)
			f.note(err, "map whole")
			return nil
		}
		err = fmt.Errorf("%w; in windows: %w", err, werr)
	}
	return err
}

const (
	autoWindow  = 16 << 20  // where the config says nothing about windows
	mostWhole32 = 256 << 20 // larger files are windowed on 32-bit systems
)

func (f *MappedFile) startWindows(size int64, count int) error {
	w, err := f.openWindows(size, count)
	if err != nil {
		return err
	}
	f.win = w
	if f.access.read {
		f.look = w
	}
	// One window is tried now: what cannot be mapped shows itself at Open.
	if s := w.pin(0); s != nil {
		s.mu.RUnlock()
		return nil
	}
	if !mmap.Coherent && f.size.Load() == 0 {
		return nil
	}
	f.win, f.look = nil, nil
	w.mu.Lock()
	why := w.why
	w.mu.Unlock()
	return errors.Join(errNoWindow, why, w.close())
}

// closeNative closes a descriptor that is the handle's own.
func (f *MappedFile) closeNative() error {
	if !f.ownsNative {
		return nil
	}
	return f.native.Close()
}

func (f *MappedFile) closeMapper() error {
	if f.mapper == nil || f.mapper == f.native {
		return nil
	}
	return f.mapper.Close()
}

// windowed reports whether the config asks for windows.
func (c *Config) windowed() bool { return c.WindowSize > 0 && !c.MapFullFile }

var (
	errNoMaps       = fmt.Errorf("no memory maps on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
	errNoDescriptor = errors.New("the wrapped file system gives no descriptor")
	errWriteHandle  = errors.New("opened for writing under a mode that maps for reading only")
	errNoWindow     = errors.New("the system maps no window of the file")
)
