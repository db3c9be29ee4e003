package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() { roles["little memory"] = littleMemoryRole }

const memoryLimit = 64 << 20

// memoryGroup makes a memory control group with a limit and returns its
// directory.
func memoryGroup(t *testing.T) string {
	t.Helper()
	needRoot(t)
	root, limit := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		root, limit = "/sys/fs/cgroup", "memory.max"
	}
	dir := filepath.Join(root, fmt.Sprint("shmkit-faults-", os.Getpid()))
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
	if err := os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(memoryLimit)), 0o644); err != nil {
		t.Skipf("kernel: memory control groups are not to be limited here: %v", err)
	}
	return dir
}

// TestAScanLargerThanTheMemoryGroupIsNotKilled reads and writes a file larger
// than the memory the group may have.
func TestAScanLargerThanTheMemoryGroupIsNotKilled(t *testing.T) {
	t.Parallel()
	const size = 1 << 30
	for _, p := range plans {
		if p.private() {
			continue // private pages are the process's own memory, and limited with it
		}
		t.Run(p.Name, func(t *testing.T) {
			group := memoryGroup(t)
			name := filepath.Join(t.TempDir(), "file")
			writeFile(t, name, nil)
			must(t, os.Truncate(name, size))
			c := start(t, order{Role: "little memory", Plan: p, File: name, Dir: group, Size: size})
			var most int64
			c.finish(&most)
			t.Logf("resident at most %d MiB", most>>20)
		})
	}
}

func littleMemoryRole(o order) (any, error) {
	pid := []byte(strconv.Itoa(os.Getpid()))
	if err := os.WriteFile(filepath.Join(o.Dir, "cgroup.procs"), pid, 0o644); err != nil {
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
	const step = 1 << 20
	var most int64
	mark, got, zero := []byte("mark"), make([]byte, step), make([]byte, step)
	for off := int64(0); off < o.Size; off += step {
		if _, err := f.ReadAt(got, off); err != nil || !bytes.Equal(got, zero) {
			return nil, fmt.Errorf("reading at %d: %w", off, err)
		}
		for at := off; at < off+step; at += 64 << 10 {
			if _, err := f.WriteAt(mark, at); err != nil {
				return nil, err
			}
		}
		now, err := resident()
		if err != nil {
			return nil, err
		}
		most = max(most, now)
	}
	for off := int64(0); off < o.Size; off += step {
		if _, err := f.ReadAt(got[:4], off); err != nil || string(got[:4]) != "mark" {
			return nil, fmt.Errorf("%q at %d, %w", got[:4], off, err)
		}
	}
	return most, errors.Join(f.Sync(), f.Close(), m.Close())
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
