package fdlock

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestExclusionBetweenFilesOfOneProcess(t *testing.T) {
	if !ownedByFile {
		t.Skip("platform: locks belong to the process on " + runtime.GOOS)
	}
	a, b := two(t)
	take(t, a, 0, 1, true, true)
	take(t, b, 0, 1, true, false)
	take(t, b, 0, 1, false, false)
	take(t, b, 1, 1, true, true)
	free(t, a, 0, 1)
	take(t, b, 0, 1, false, true)
	take(t, a, 0, 1, false, true)
	free(t, b, 0, 1)
	free(t, a, 0, 1)
	take(t, a, 0, 1, true, true)
}

func TestLocksReachBeyondTheEnd(t *testing.T) {
	if !ownedByFile {
		t.Skip("platform: locks belong to the process on " + runtime.GOOS)
	}
	a, b := two(t)
	const far = 1 << 40
	take(t, a, far+7, 1, true, true)
	take(t, b, far+7, 1, true, false)
	take(t, b, far+8, 1, true, true)
	take(t, b, far+9, 0, true, true)
	take(t, a, far+1<<20, 5, true, false)
}

func TestHeldNamesTheRange(t *testing.T) {
	if !ownedByFile {
		t.Skip("platform: locks belong to the process on " + runtime.GOOS)
	}
	a, b := two(t)
	if held, _, err := Held(b, 0, 100); held || err != nil {
		t.Fatalf("Held = %v, %v on a free range", held, err)
	}
	take(t, a, 10, 5, true, true)
	held, by, err := Held(b, 0, 100)
	if !held || err != nil {
		t.Fatalf("Held = %v, %v on a locked range", held, err)
	}
	if runtime.GOOS != "windows" && (by.Off != 10 || by.Len != 5 || !by.Exclusive) {
		t.Fatalf("Owner = %+v, want the range 10+5, exclusive", by)
	}
	take(t, b, 0, 100, false, false)
}

func TestConversionKeepsTheLock(t *testing.T) {
	if !ownedByFile || runtime.GOOS == "windows" {
		t.Skip("platform: no conversion on " + runtime.GOOS)
	}
	a, b := two(t)
	take(t, a, 0, 4, false, true)
	take(t, b, 0, 4, false, true)
	take(t, a, 0, 4, true, false)
	free(t, b, 0, 4)
	take(t, b, 0, 4, true, false)
	take(t, a, 0, 4, true, true)
	take(t, b, 0, 4, false, false)
}

func TestClosingAnotherDescriptorFreesNothing(t *testing.T) {
	if !ownedByFile {
		t.Skip("platform: POSIX locks do not survive this on " + runtime.GOOS)
	}
	a, b := two(t)
	take(t, a, 0, 1, true, true)
	c, err := os.OpenFile(a.Name(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	take(t, b, 0, 1, true, false)
}

func TestBadArgumentsAreErrors(t *testing.T) {
	a, _ := two(t)
	if _, err := TryLock(nil, 0, 1, true); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("nil file: %v", err)
	}
	for _, r := range [][2]int64{{-1, 1}, {0, -1}, {1 << 62, 1 << 62}} {
		var pe *fs.PathError
		if _, err := TryLock(a, r[0], r[1], true); !errors.As(err, &pe) {
			t.Errorf("range %v: %v", r, err)
		}
	}
	a.Close()
	if _, err := TryLock(a, 0, 1, true); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed file: %v", err)
	}
}

func TestDeathFreesTheLock(t *testing.T) {
	if path := os.Getenv("FDLOCK_CHILD"); path != "" {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		take(t, f, 0, 1, true, true)
		os.Stdout.WriteString("held\n")
		time.Sleep(time.Minute)
		return
	}
	a, _ := two(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestDeathFreesTheLock$", "-test.count=1")
	cmd.Env = append(os.Environ(), "FDLOCK_CHILD="+a.Name())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(out); in.Scan() && in.Text() != "held"; {
	}
	take(t, a, 0, 1, true, false)
	if held, _, err := Held(a, 0, 1); !held || err != nil {
		t.Fatalf("Held = %v, %v while the child lives", held, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		ok, err := TryLock(a, 0, 1, true)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the lock of a dead process is still held")
		}
	}
	_ = cmd.Wait()
}

func two(t *testing.T) (a, b *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	files := [2]*os.File{}
	for i := range files {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		files[i] = f
	}
	return files[0], files[1]
}

func take(t *testing.T, f *os.File, off, n int64, exclusive, want bool) {
	t.Helper()
	if got, err := TryLock(f, off, n, exclusive); err != nil || got != want {
		t.Fatalf("TryLock(%d, %d, exclusive=%v) = %v, %v; want %v", off, n, exclusive, got, err, want)
	}
}

func free(t *testing.T, f *os.File, off, n int64) {
	t.Helper()
	if err := Unlock(f, off, n); err != nil {
		t.Fatal(err)
	}
}
