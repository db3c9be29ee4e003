package region

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

var errInjected = errors.New("injected")

// TestEveryFailingCallIsUndone fails the first system call of each operation,
// then the second, and so on until it succeeds, and each time looks for
// descriptors, files, mappings and attachments that were left.
func TestEveryFailingCallIsUndone(t *testing.T) {
	o := &Options{Dir: memoryDir(t), NoDump: true, LockMemory: true}
	r := mustCreate(t, "there", 100, o)
	saved := filepath.Join(t.TempDir(), "saved")
	if err := r.SaveTo(saved); err != nil {
		t.Fatal(err)
	}
	shared := mustAnonymous(t, 100, nil)
	done := func(r *Region, err error) error {
		if err == nil {
			err = r.Close()
		}
		return err
	}
	// tidy makes up for a Remove that was made to fail.
	tidy := func(err error) error {
		if err != nil {
			_ = Remove("x", o)
		}
		return err
	}
	for _, named := range []bool{false, true} {
		for name, op := range map[string]func() error{
			"create":     func() error { return tidy(errors.Join(done(Create("x", 100, o)), Remove("x", o))) },
			"open":       func() error { return done(Open("there", o)) },
			"stat":       func() error { _, err := Stat("there", o); return err },
			"list":       func() error { _, err := List(o); return err },
			"reap":       func() error { _, err := Reap(o); return err },
			"sync":       r.Sync,
			"linked":     r.CheckLinked,
			"save":       func() error { return r.SaveTo(saved) },
			"createfrom": func() error { return tidy(errors.Join(done(CreateFrom("x", saved, o)), Remove("x", o))) },
			"anonymous":  func() error { return done(Anonymous(100, nil)) },
			"fromfile":   func() error { return done(FromFile(shared.File(), nil)) },
		} {
			t.Run(name, func(t *testing.T) {
				forceNamed(t, named)
				failEveryCall(t, o.Dir, r, op)
			})
		}
	}
}

func failEveryCall(t *testing.T, dir string, r *Region, op func() error) {
	look := func() [4]int {
		return [4]int{openDescriptors(t), countFiles(t, dir), countMappings(t, dir), r.Info().Attached}
	}
	if err := op(); err != nil {
		t.Fatal(err)
	}
	before := look()
	for n := 1; ; n++ {
		calls, failed := 0, mmap.Op("")
		restore := mmap.SetHook(func(c mmap.Call) error {
			if c.Op == mmap.OpUnmap || c.Op == mmap.OpBlank { // undoing; the collector calls it too
				return nil
			}
			if calls++; calls == n {
				failed = c.Op
				return errInjected
			}
			return nil
		})
		err := op()
		restore()
		if after := look(); after != before {
			t.Fatalf("call %d, %s: descriptors, files, mappings, attachments %v, were %v (%v)", n, failed, after, before, err)
		}
		if err != nil && !errors.Is(err, errInjected) {
			t.Fatalf("call %d, %s: %v", n, failed, err)
		}
		if calls < n {
			t.Logf("%d calls", calls)
			return
		}
	}
}

// countMappings counts this process's mappings of files in dir and of memfds.
func countMappings(t *testing.T, dir string) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(maps, []byte(dir)) + bytes.Count(maps, []byte("memfd:"))
}
