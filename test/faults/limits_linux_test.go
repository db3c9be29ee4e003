package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm/ring"
	"golang.org/x/sys/unix"
)

func init() {
	roles["few descriptors"] = fewDescriptorsRole
	roles["little address space"] = littleSpaceRole
	roles["file size limit"] = fileSizeRole
	roles["crowded"] = crowdedRole
}

// limited runs a role that limits itself.
func limited(t *testing.T, role string) {
	t.Helper()
	eachPlan(t, func(t *testing.T, p plan) {
		dir := t.TempDir()
		name := filepath.Join(dir, "file")
		writeFile(t, name, numbered(fileSize))
		var done string
		start(t, order{Role: role, Plan: p, File: name, Dir: dir, Size: fileSize}).finish(&done)
		t.Log(done)
	})
}

func TestWithoutDescriptorsOpenFailsAndLaterWorks(t *testing.T) { limited(t, "few descriptors") }
func TestWithoutAddressSpaceFilesAreReadPlainly(t *testing.T)   { limited(t, "little address space") }
func TestBeyondTheFileSizeLimitWritesAreErrors(t *testing.T)    { limited(t, "file size limit") }

// The runtime dies when it needs a mapping and the process has all it may have.
func TestHandlesLeaveMappingsToTheRuntime(t *testing.T) {
	t.Parallel()
	most, err := mostMappings()
	must(t, err)
	if most > 100_000 {
		t.Skipf("kernel: vm.max_map_count is %d", most)
	}
	eachPlan(t, func(t *testing.T, p plan) {
		dir := privateDir(t)
		name := filepath.Join(dir, "file")
		writeFile(t, name, numbered(fileSize))
		must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: 1 << 16}))
		var done string
		start(t, order{Role: "crowded", Plan: p, File: name, Dir: dir}).finish(&done)
		t.Log(done)
	})
}

// auto returns a file system that falls back to plain reads and writes.
func (p plan) auto() (*memmapfs.MemMapFS, error) {
	base, err := osfs.NewFS()
	if err != nil {
		return nil, err
	}
	config := p.config()
	config.Mapping = memmapfs.MapAuto
	return memmapfs.New(base, config), nil
}

func fewDescriptorsRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	limit := unix.Rlimit{Cur: 40, Max: 40}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	ready()
	var files []*memmapfs.MappedFile
	for {
		f, err := open(m, o.File, os.O_RDWR)
		if err == nil {
			files = append(files, f)
			continue
		}
		if len(files) == 0 || !errors.Is(err, unix.EMFILE) {
			return nil, fmt.Errorf("open number %d: %w", len(files)+1, err)
		}
		break
	}
	err = beside(files[0], 0, o.Size, func() error {
		for i, f := range files {
			if err := readsWell(f, o.Size); err != nil {
				return fmt.Errorf("handle %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := len(files)
	if err := files[0].Close(); err != nil {
		return nil, err
	}
	if files[0], err = open(m, o.File, os.O_RDWR); err != nil {
		return nil, fmt.Errorf("open after a close: %w", err)
	}
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	files = nil
	return fmt.Sprint(n, " handles"), errors.Join(err, m.Close(), before.leaked(o.Dir))
}

// scratch is what readsWell works with; some roles have no memory to spare.
var scratch = struct{ got, want []byte }{make([]byte, fileSize), numbered(fileSize)}

// readsWell reads the whole file and compares it.
func readsWell(f *memmapfs.MappedFile, size int64) error {
	got := scratch.got[:size]
	if n, err := f.ReadAt(got, 0); err != nil || int64(n) != size {
		return fmt.Errorf("read %d, %w", n, err)
	}
	if !bytes.Equal(got, scratch.want[:size]) {
		return errors.New("read other bytes than the file's")
	}
	return nil
}

func littleSpaceRole(o order) (any, error) {
	const big = 512 << 20
	if err := os.Truncate(o.File, big); err != nil {
		return nil, err
	}
	used, err := addressSpace()
	if err != nil {
		return nil, err
	}
	limit := unix.Rlimit{Cur: used + 256<<20, Max: used + 256<<20}
	if err := unix.Setrlimit(unix.RLIMIT_AS, &limit); err != nil {
		return nil, err
	}
	ready()
	return starved(o)
}

// starved opens, reads, writes and grows a file without the means to map it,
// and checks that MapRequire says so.
func starved(o order) (any, error) {
	m, err := o.Plan.auto()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	err = beside(f, 0, o.Size, func() error {
		if err := readsWell(f, o.Size); err != nil {
			return err
		}
		if _, err := f.WriteAt([]byte("end"), o.Size+window); err != nil {
			return err
		}
		got := make([]byte, 3)
		if _, err := f.ReadAt(got, o.Size+window); err != nil || string(got) != "end" {
			return fmt.Errorf("read %q, %w", got, err)
		}
		return nil
	}, memmapfs.ErrNotMapped, unix.ENOMEM) // of views
	if err != nil {
		return nil, err
	}
	s := f.Stats()
	if err := errors.Join(f.Close(), m.Close()); err != nil {
		return nil, err
	}
	strict, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	g, err := open(strict, o.File, os.O_RDWR)
	if err == nil {
		return fmt.Sprintf("mapped %v %s; MapRequire maps too", s.Mapped, s.Why), g.Close()
	}
	if !errors.Is(err, memmapfs.ErrNotMappable) || !errors.Is(err, unix.ENOMEM) {
		return nil, fmt.Errorf("MapRequire: %w", err)
	}
	return fmt.Sprintf("mapped %v: %s; MapRequire: %v", s.Mapped, s.Why, err), nil
}

func addressSpace() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var pages uint64
	_, err = fmt.Sscan(string(statm), &pages)
	return pages * uint64(mmap.PageSize()), err
}
