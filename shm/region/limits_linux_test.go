package region

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestEveryFailingStepIsUndone lets each operation have one descriptor more
// than the time before, so that it fails at every step that needs one, and
// looks for what the failed attempts left.
func TestEveryFailingStepIsUndone(t *testing.T) {
	o := &Options{Dir: memoryDir(t)}
	_ = mustCreate(t, "there", 100, o).Close()
	saved := t.TempDir() + "/saved"
	r := mustOpen(t, "there", o)
	if err := r.SaveTo(saved); err != nil {
		t.Fatal(err)
	}
	anonymous := mustAnonymous(t, 100, nil)
	shared := anonymous.File()
	done := func(r *Region, err error) error {
		if err == nil {
			err = r.Close()
		}
		return err
	}
	for name, op := range map[string]func() error{
		"create":     func() error { return errors.Join(done(Create("x", 100, o)), Remove("x", o)) },
		"open":       func() error { return done(Open("there", o)) },
		"open ro":    func() error { return done(Open("there", &Options{Dir: o.Dir, ReadOnly: true})) },
		"stat":       func() error { _, err := Stat("there", o); return err },
		"list":       func() error { _, err := List(o); return err },
		"reap":       func() error { _, err := Reap(o); return err },
		"sync":       r.Sync,
		"save":       func() error { return r.SaveTo(saved) },
		"createfrom": func() error { return errors.Join(done(CreateFrom("x", saved, o)), Remove("x", o)) },
		"anonymous":  func() error { return done(Anonymous(100, nil)) },
		"fromfile":   func() error { return done(FromFile(shared, nil)) },
	} {
		t.Run(name, func(t *testing.T) { failEveryStep(t, o.Dir, op) })
	}
}

func failEveryStep(t *testing.T, dir string, op func() error) {
	if err := op(); err != nil { // whatever the runtime opens once is open now
		t.Fatal(err)
	}
	fillHoles(t)
	before, files := openDescriptors(t)-1, countFiles(t, dir)
	failed := 0
	for extra := 0; ; extra++ {
		err := withDescriptors(t, before+extra, op)
		if now := openDescriptors(t) - 1; now != before {
			t.Fatalf("with %d descriptors: %d more are open (%v)", extra, now-before, err)
		}
		if now := countFiles(t, dir); now != files {
			t.Fatalf("with %d descriptors: %d more files (%v)", extra, now-files, err)
		}
		if err == nil && extra > 6 {
			break
		}
		if err != nil && !errors.Is(err, syscall.EMFILE) && !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("with %d descriptors: %v", extra, err)
		}
		if err != nil {
			failed++
		}
	}
	t.Logf("failed at %d steps", failed)
}

// fillHoles opens descriptors until the open ones are numbered without a gap,
// since a limit is about numbers.
func fillHoles(t *testing.T) {
	t.Helper()
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		if int(f.Fd()) >= openDescriptors(t)-2 {
			_ = f.Close()
			return
		}
		t.Cleanup(func() { _ = f.Close() })
	}
}

func countFiles(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// withDescriptors runs op while the process may have no descriptor above the
// first n.
func withDescriptors(t *testing.T, n int, op func() error) error {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(n), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
			t.Fatal(err)
		}
	}()
	return op()
}
