package memmapfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// A blockStore holds the blocks of an image: its memory, or a file.
type blockStore interface {
	length() int64                                // of the longest image it can hold
	commit(off, n int64) error                    // makes a block usable
	fetch(base io.ReaderAt, off, end int64) error // copies what the base has; nothing if end <= off
	zero(off, end int64) error
	read(p []byte, off int64) error
	write(p []byte, off int64) (int, error)
}

// store returns where the blocks of the image are, nil while it is only its base.
func (i *image) store() blockStore {
	if s := i.beside.Load(); s != nil {
		return s
	}
	if m := i.m.Load(); m != nil {
		return m
	}
	return nil
}

func (m *mapping) length() int64 { return int64(len(m.data)) }

func (m *mapping) commit(off, n int64) error {
	if m.heap || mmap.Coherent {
		return nil
	}
	return mmap.Commit(m.data[off : off+n])
}

func (m *mapping) fetch(base io.ReaderAt, off, end int64) error {
	if off >= end {
		return nil
	}
	return readWhole(base, m.data[off:end], off)
}

func (m *mapping) zero(off, end int64) error { return clearGuarded(m.data[off:end]) }

func (m *mapping) read(p []byte, off int64) error {
	_, err := m.copyOut(p, off)
	return err
}

func (m *mapping) write(p []byte, off int64) (int, error) { return m.copyIn(p, off) }

// besideFile is a file without a name that holds the private changes for which there
// is no memory, or are no addresses.
type besideFile struct {
	file *os.File
	why  error // the reason
}

// mostBeside is how long an image in a file can be: a blockSet holds twice as much.
const mostBeside = 1 << 50

func newBeside(why error) (*besideFile, error) {
	file, err := os.CreateTemp("", "memmapfs-private-")
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "windows" {
		file, err = removedAtClose(file)
	} else if err = os.Remove(file.Name()); err != nil {
		file.Close()
	}
	if err != nil {
		return nil, err
	}
	return &besideFile{file: file, why: why}, nil
}

// removedAtClose opens file anew, so that its name goes with the last use of it, also
// when the process is killed: on Windows a file that is open keeps it.
func removedAtClose(file *os.File) (*os.File, error) {
	const deleteOnClose = 0x4000000 // FILE_FLAG_DELETE_ON_CLOSE
	if err := file.Close(); err != nil {
		return nil, err
	}
	again, err := os.OpenFile(file.Name(), os.O_RDWR|deleteOnClose, 0o600)
	if err != nil {
		return nil, errors.Join(err, os.Remove(file.Name()))
	}
	return again, nil
}

func (s *besideFile) end() error { return s.file.Close() }

// empty drops all blocks.
func (s *besideFile) empty() error { return s.told(s.file.Truncate(0)) }

func (s *besideFile) length() int64             { return mostBeside }
func (s *besideFile) commit(off, n int64) error { return nil }

func (s *besideFile) fetch(base io.ReaderAt, off, end int64) error {
	if off >= end {
		return nil
	}
	block := make([]byte, end-off)
	if err := readWhole(base, block, off); err != nil {
		return err
	}
	_, err := s.write(block, off)
	return err
}

func (s *besideFile) zero(off, end int64) error {
	zeros := make([]byte, min(end-off, imageBlock))
	for ; off < end; off += imageBlock {
		if _, err := s.write(zeros[:min(end-off, imageBlock)], off); err != nil {
			return err
		}
	}
	return nil
}

// read reads zeros behind what was written so far.
func (s *besideFile) read(p []byte, off int64) error {
	n, err := s.file.ReadAt(p, off)
	if err == io.EOF {
		clear(p[n:])
		err = nil
	}
	return s.told(err)
}

// write says how much was written where it fails, which os.File does not: bytes that
// nobody knows of would be behind the end of the image, where zeros should be.
func (s *besideFile) write(p []byte, off int64) (int, error) {
	n, err := s.file.WriteAt(p, off)
	if err == nil {
		return n, nil
	}
	for n = 0; n < len(p); { // no page is written in part
		page := int64(mmap.PageSize())
		k, err := s.file.WriteAt(p[n:min(int64(len(p)), int64(n)+page-(off+int64(n))%page)], off+int64(n))
		n += k
		if err != nil {
			return n, s.told(err)
		}
	}
	return n, nil
}

// cut drops what is behind size, where zeros are read then.
func (s *besideFile) cut(size int64) error {
	info, err := s.file.Stat()
	if err == nil && info.Size() > size {
		err = s.file.Truncate(size)
	}
	return s.told(err)
}

// told says where an error comes from: its caller knows another file.
func (s *besideFile) told(err error) error {
	if pe, ok := err.(*os.PathError); ok {
		return fmt.Errorf("private changes in %s: %w", os.TempDir(), pe.Err)
	}
	return err
}

// madeUp reports whether a file that cannot be mapped, for why, may be one that makes
// up what it holds when it is read: it says that there is nothing in it (see
// probeEmpty), or more than there is, as those of /sys do.
func (f *MappedFile) madeUp(why error) bool {
	info, err := f.plain().Stat()
	if err != nil {
		return false
	}
	if info.Size() == 0 {
		return mmap.Coherent && !errors.Is(why, sysx.ENOMEM) && !errors.Is(why, errTooLarge)
	}
	n, _ := f.plain().ReadAt(make([]byte, 1), info.Size()-1)
	return n == 0
}

// startBeside has the image's changes in a file, for why there is no memory for them.
// Of a file that makes up what it holds nothing is known that could be changed.
func (i *image) startBeside(f *MappedFile, why error) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.beside.Load() != nil || i.m.Load() != nil {
		return nil
	}
	size := i.size.Load()
	if f.madeUp(why) {
		return why
	}
	if err := f.prepareWithout(errBeside); err != nil {
		return err
	}
	s, err := newBeside(fmt.Errorf("private changes are in a file in %s: %w", os.TempDir(), why))
	if err != nil {
		return fmt.Errorf("%w; and no file for private changes: %w", why, err)
	}
	if err := i.begins(f, size, 0); err != nil {
		return errors.Join(err, s.end())
	}
	i.beside.Store(s)
	return nil
}
