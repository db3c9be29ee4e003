package faults

import (
	"bytes"
	"errors"
	"os"

	"github.com/absfs/shmkit/memmapfs"
)

// A deed is a sequence of operations that makes its file hold the bytes that
// want returns. With a fault it may fail instead, but never lie.
type deed struct {
	name string
	do   func(m *memmapfs.MemMapFS, name string) error
	want func() []byte
}

var deeds = []deed{
	{"open and read", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDONLY, func(f *memmapfs.MappedFile) error {
			got := make([]byte, sweepSize)
			if _, err := f.ReadAt(got, 0); err != nil {
				return err
			}
			if !bytes.Equal(got, numbered(sweepSize)) {
				return errLied
			}
			return nil
		})
	}, func() []byte { return numbered(sweepSize) }},
	{"growth", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			for i := range 4 {
				if _, err := f.WriteAt(numbered(window+10), sweepSize+int64(i)*(window+10)); err != nil {
					return err
				}
			}
			return nil
		})
	}, func() []byte {
		return append(numbered(sweepSize), bytes.Repeat(numbered(window+10), 4)...)
	}},
	{"write everywhere, sync", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			for off := int64(0); off < sweepSize; off += window {
				if _, err := f.WriteAt(numbered(window), off); err != nil {
					return err
				}
			}
			return f.Sync()
		})
	}, func() []byte { return bytes.Repeat(numbered(window), sweepSize/window) }},
	{"truncate both ways", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			return errors.Join(f.Truncate(100), f.Truncate(sweepSize))
		})
	}, func() []byte { return append(numbered(100), make([]byte, sweepSize-100)...) }},
	{"refresh", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			if err := os.Truncate(name, 3*sweepSize); err != nil {
				return err
			}
			err := f.Refresh()
			if terr := os.Truncate(name, sweepSize); terr != nil {
				return terr
			}
			if err = errors.Join(err, f.Refresh()); err != nil {
				return err
			}
			v, err := f.View(sweepSize-10, 10)
			if err != nil {
				return err
			}
			defer v.Release()
			return v.Valid()
		})
	}, func() []byte { return numbered(sweepSize) }},
	{"advise, lock, look, flush", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			if _, err := f.WriteAt([]byte("x"), 0); err != nil {
				return err
			}
			_, _, err := f.Resident(0, sweepSize)
			return errors.Join(err, f.Advise(memmapfs.AdviceWillNeed), f.Populate(0, sweepSize), unlessWindowed(f.LockMemory(0, window)),
				unlessWindowed(f.UnlockMemory(0, window)), f.SyncAsync(), f.SyncRange(0, window))
		})
	}, func() []byte { return append([]byte("x"), numbered(sweepSize)[1:]...) }},
	{"views over growth", func(m *memmapfs.MemMapFS, name string) error {
		return with(m, name, os.O_RDWR, func(f *memmapfs.MappedFile) error {
			v, err := f.View(window-5, 10)
			if err != nil {
				return err
			}
			defer v.Release()
			if _, err := f.WriteAt([]byte("end"), 3*sweepSize-3); err != nil {
				return err
			}
			if !bytes.Equal(v.Bytes(), numbered(sweepSize)[window-5:window+5]) {
				return errLied
			}
			return nil
		})
	}, func() []byte {
		return append(append(numbered(sweepSize), make([]byte, 2*sweepSize-3)...), "end"...)
	}},
}

// unlessWindowed drops the refusal to lock memory that slides.
func unlessWindowed(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

var errLied = errors.New("success with other bytes than the file's")

const sweepSize = 4 * window

// with opens the file, uses it and closes it.
func with(m *memmapfs.MemMapFS, name string, flag int, use func(*memmapfs.MappedFile) error) error {
	f, err := open(m, name, flag)
	if err != nil {
		return err
	}
	return errors.Join(use(f), f.Close())
}
