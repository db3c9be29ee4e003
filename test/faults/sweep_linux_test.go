package faults

import (
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
	errno, ok := errnoOf[c.Op]
	if !ok { // those of files and folders
		errno = unix.EIO
	}
	return fmt.Errorf("%s: %w", c.Op, errno)
}

func TestEverySingleSystemCallMayFail(t *testing.T) {
	for _, p := range plans {
		for sync, policy := range map[memmapfs.SyncMode]memmapfs.MappingPolicy{
			memmapfs.SyncLazy: memmapfs.MapRequire, memmapfs.SyncImmediate: memmapfs.MapAuto,
		} {
			config := p.config()
			config.SyncMode, config.Mapping, config.WindowSlide = sync, policy, p.Window > 0
			t.Run(fmt.Sprintf("%s %v", p.Name, sync), func(t *testing.T) {
				for _, d := range deeds {
					if p.private() { // nothing of it reaches the file
						d.want = func() []byte { return numbered(sweepSize) }
					}
					t.Run(d.name, func(t *testing.T) { sweep(t, d, config, false) })
					t.Run(d.name+" for good", func(t *testing.T) { sweep(t, d, config, true) })
				}
			})
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
		} else {
			oldOrNew(t, fmt.Sprintf("call %d (%s)", n, call.Op), name, d.want())
		}
		// The next try works, whatever the first left behind.
		writeFile(t, name, numbered(sweepSize))
		err = d.do(m, name)
		if errors.Is(err, memmapfs.ErrNotMapped) && config.Mode == memmapfs.ModeCopyOnWrite {
			// What was written when there was no memory is in a file, until Discard.
			must(t, with(m, name, os.O_RDWR, (*memmapfs.MappedFile).Discard))
			err = d.do(m, name)
		}
		must(t, err)
		sameContent(t, name, d.want())
		must(t, m.Close())
	}
	if err := before.leaked(dir); err != nil {
		t.Error(err)
	}
}
