//go:build !shmfifo

package fdwatch

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("FDWATCH_CHILD"); path != "" {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("open")
		_, _ = io.Copy(io.Discard, os.Stdin)
		f.Close()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func watched(t *testing.T) (f *os.File, told chan struct{}, stop func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	told = make(chan struct{}, 100)
	stop, err = Watch(f, func() { told <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return f, told, stop
}

func expect(t *testing.T, told <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Fatalf("not told of %s", what)
	}
}

// A process that is killed lets go of its file.
func TestTheDeathOfAProcessIsTold(t *testing.T) {
	f, told, _ := watched(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FDWATCH_CHILD="+f.Name())
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-told:
		t.Error("told though nothing was closed")
	default:
	}
	_ = cmd.Process.Kill()
	expect(t, told, "the death")
	_ = cmd.Wait()
}

func TestClosingAndUnlinkingIsToldToAllWhoWatch(t *testing.T) {
	f, told, _ := watched(t)
	other := make(chan struct{}, 100)
	stop, err := Watch(f, func() { other <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.OpenFile(f.Name(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	expect(t, told, "a close")
	expect(t, other, "a close")
	stop()
	stop()
	for len(other) > 0 {
		<-other
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	expect(t, told, "the end of the name")
	if len(other) > 0 {
		t.Error("told after stop")
	}
}

// Watches come and go beside events, without a race, a goroutine or a descriptor left.
func TestWatchesComeAndGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				stop, err := Watch(f, func() {})
				if err != nil {
					t.Error(err)
					return
				}
				if again, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
					again.Close()
				}
				stop()
			}
		})
	}
	wg.Wait()
	left := func() bool {
		watchers.Lock()
		defer watchers.Unlock()
		return watchers.in != nil || len(watchers.list) != 0
	}
	for begun := time.Now(); left(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the instance is not closed")
		}
	}
}

func TestAClosedFileCannotBeWatched(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := Watch(f, func() {}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
}
