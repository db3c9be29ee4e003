package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() { roles["little memory"] = littleMemoryRole }

// memoryLimit is a quarter of what is scanned, or less. The race detector keeps
// several bytes for each byte of memory a program has used, and counts as the
// program's own memory.
func memoryLimit() int {
	if detecting {
		return 256 << 20
	}
	return 64 << 20
}

var groups atomic.Int64

// memoryGroup makes a memory control group with a limit and returns its
// directory.
func memoryGroup(t *testing.T) string {
	t.Helper()
	needRoot(t)
	root, limit := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		root, limit = "/sys/fs/cgroup", "memory.max"
	}
	dir := filepath.Join(root, fmt.Sprintf("shmkit-faults-%d-%d", os.Getpid(), groups.Add(1)))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skipf("kernel: no memory control group: %v", err)
	}
	t.Cleanup(func() {
		var err error
		for range 50 { // a dead process leaves its group a little later
			if err = unix.Rmdir(dir); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("removing %s: %v", dir, err)
	})
	if err := os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(memoryLimit())), 0o644); err != nil {
		t.Skipf("kernel: memory control groups are not to be limited here: %v", err)
	}
	return dir
}

// TestAScanLargerThanTheMemoryGroupIsNotKilled has eight goroutines read and
// write a file larger than the memory the group may have. A copy-on-write
// handle reads all of it and writes little: private pages are the process's own
// memory, and limited with it.
func TestAScanLargerThanTheMemoryGroupIsNotKilled(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, p plan) {
		dir := t.TempDir()
		name := filepath.Join(dir, "file")
		writeFile(t, name, nil)
		must(t, os.Truncate(name, scanned))
		inLittleMemory(t, order{Role: "little memory", Plan: p, File: name, Size: scanned})
	})
}

const (
	scanned = 1 << 30
	stride  = 64 << 10
)

// inLittleMemory runs a role in a memory control group.
func inLittleMemory(t *testing.T, o order) {
	t.Helper()
	o.Dir = memoryGroup(t)
	c := start(t, o)
	var most int64
	c.finish(&most)
	t.Logf("resident at most %d MiB", most>>20)
}

// joinGroup moves this process into the memory control group.
func joinGroup(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o644)
}

func littleMemoryRole(o order) (any, error) {
	if err := joinGroup(o.Dir); err != nil {
		return nil, err
	}
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	ready()
	every := int64(stride)
	if o.Plan.private() {
		every = 4 << 20
	}
	mark, zero := []byte("mark"), make([]byte, 1<<20)
	most, err := inParts(o.Size, func(off, end int64) error {
		got := make([]byte, len(zero))
		for ; off < end; off += int64(len(got)) {
			if _, err := f.ReadAt(got, off); err != nil || !bytes.Equal(got, zero) {
				return fmt.Errorf("reading at %d: %w", off, err)
			}
			for at := (off + every - 1) / every * every; at < off+int64(len(got)); at += every {
				if _, err := f.WriteAt(mark, at); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	got := make([]byte, len(mark))
	for off := int64(0); off < o.Size; off += every {
		if _, err := f.ReadAt(got, off); err != nil || !bytes.Equal(got, mark) {
			return nil, fmt.Errorf("%q at %d, %w", got, off, err)
		}
	}
	return most, errors.Join(f.Sync(), f.Close(), m.Close())
}

// inParts runs do on eight parts of size bytes at once and says how much memory
// was resident at most.
func inParts(size int64, do func(off, end int64) error) (most int64, err error) {
	failed, left := make(chan error), 8
	for i := range int64(left) {
		go func() { failed <- do(size/8*i, size/8*(i+1)) }()
	}
	for left > 0 {
		select {
		case ferr := <-failed:
			err = errors.Join(err, ferr)
			left--
		case <-time.After(10 * time.Millisecond):
		}
		now, rerr := resident()
		most, err = max(most, now), errors.Join(err, rerr)
	}
	return most, err
}

// resident returns the memory of this process that is in memory now.
func resident() (int64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
