package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/memmapfs"
	"golang.org/x/sys/unix"
)

// errnoOf is what each system call is made to fail with.
var errnoOf = map[mmap.Op]unix.Errno{
	mmap.OpMap: unix.ENOMEM, mmap.OpReserve: unix.ENOMEM, mmap.OpBlank: unix.ENOMEM,
	mmap.OpProtect: unix.ENOMEM, mmap.OpSync: unix.EIO, mmap.OpSyncFile: unix.EIO, mmap.OpWriteback: unix.EIO,
	mmap.OpAdvise: unix.EAGAIN, mmap.OpPopulate: unix.EFAULT, mmap.OpLock: unix.ENOMEM, mmap.OpUnlock: unix.ENOMEM,
	mmap.OpResident: unix.EAGAIN, mmap.OpAllocate: unix.ENOSPC, mmap.OpTruncate: unix.ENOSPC,
	mmap.OpPunchHole: unix.ENOSPC, mmap.OpReadahead: unix.EIO, mmap.OpFileAdvise: unix.EIO,
}

// failure makes the nth system call of package mmap fail, the first being 1,
// and, when it is to last, all later ones of the same kind.
type failure struct {
	n      int64
	lasts  bool
	calls  atomic.Int64
	failed atomic.Pointer[mmap.Call]
}

func (x *failure) hook(c mmap.Call) error {
	switch {
	case c.Op == mmap.OpUnmap: // of a whole mapping; no kernel refuses that
		return nil
	case x.calls.Add(1) == x.n:
		x.failed.Store(&c)
	case !x.lasts || x.failed.Load() == nil || x.failed.Load().Op != c.Op:
		return nil
	}
	return fmt.Errorf("%s: %w", c.Op, errnoOf[c.Op])
}

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

func TestEverySingleSystemCallMayFail(t *testing.T) {
	modes := map[string]memmapfs.SyncMode{"lazy": memmapfs.SyncLazy, "immediate": memmapfs.SyncImmediate}
	for _, p := range plans {
		if p.private() {
			continue
		}
		for mode, sync := range modes {
			for _, policy := range []memmapfs.MappingPolicy{memmapfs.MapRequire, memmapfs.MapAuto} {
				config := p.config()
				config.SyncMode, config.Mapping = sync, policy
				t.Run(fmt.Sprintf("%s %s %d", p.Name, mode, policy), func(t *testing.T) {
					for _, d := range deeds {
						t.Run(d.name, func(t *testing.T) { sweep(t, d, config, false) })
						t.Run(d.name+" for good", func(t *testing.T) { sweep(t, d, config, true) })
					}
				})
			}
		}
	}
}

// sweep does the deed once for each system call it makes, with this one failing.
func sweep(t *testing.T, d deed, config *memmapfs.Config, lasts bool) {
	t.Helper()
	dir := t.TempDir()
	before, err := held()
	must(t, err)
	for n := int64(1); ; n++ {
		name := filepath.Join(dir, fmt.Sprint("file", n))
		writeFile(t, name, numbered(sweepSize))
		m := rewrap(t, config)
		x := failure{n: n, lasts: lasts}
		restore := mmap.SetHook(x.hook)
		err := d.do(m, name)
		restore()
		if x.calls.Load() < n {
			must(t, err)
			must(t, m.Close())
			if n < 3 {
				t.Errorf("only %d system calls were seen", n-1)
			}
			break
		}
		call := x.failed.Load()
		checkError(t, fmt.Sprintf("call %d (%s)", n, call.Op), err, name)
		if err == nil {
			sameContent(t, name, d.want())
		}
		// The next try works, whatever the first left behind.
		writeFile(t, name, numbered(sweepSize))
		must(t, d.do(m, name))
		sameContent(t, name, d.want())
		must(t, m.Close())
	}
	if err := before.leaked(dir); err != nil {
		t.Error(err)
	}
}
