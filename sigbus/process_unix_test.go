//go:build unix

package sigbus

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const roleEnv = "SIGBUS_TEST_ROLE"

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleEnv)]; ok {
		role()
		return
	}
	os.Exit(m.Run())
}

// roles are what a child process does in the place of the tests.
var roles = map[string]func(){
	"unguarded goroutine": func() {
		data := roleMemory()
		_ = Guard(func() {
			done := make(chan struct{})
			go func() {
				defer close(done)
				readByte = data[0]
			}()
			<-done
		})
		fmt.Println("survived")
	},
	"unguarded": func() {
		data := roleMemory()
		_ = Guard(func() { readByte = data[0] })
		fmt.Println("guarded: alive")
		readByte = data[0]
		fmt.Println("survived")
	},
	"own panic": func() {
		_ = Guard(func() { panicsHere() })
	},
	"sent, watched": func() {
		reports := make(chan Report, 1)
		OnFault(func(r Report) { reports <- r })
		stop := WatchSent()
		defer stop()
		_ = unix.Kill(os.Getpid(), unix.SIGBUS)
		select {
		case r := <-reports:
			fmt.Println(r.Signal == unix.SIGBUS, r.Fault == nil, Stats().Sent)
		case <-time.After(10 * time.Second):
			fmt.Println("no report")
		}
	},
	"sent": func() {
		WatchSent()()
		_ = unix.Kill(os.Getpid(), unix.SIGBUS)
		time.Sleep(10 * time.Second)
		fmt.Println("survived")
	},
}

// roleMemory is a page of a file that has become empty.
func roleMemory() []byte {
	f, err := os.CreateTemp("", "sigbus")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	if err := f.Truncate(1); err != nil {
		panic(err)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, 1, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	if err := f.Truncate(0); err != nil {
		panic(err)
	}
	return data
}

// child runs a role and returns its output and whether it ended well.
func child(t *testing.T, role string) (out string, ok bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	b, err := cmd.CombinedOutput()
	return string(b), err == nil
}

func TestUnguardedGoroutinesAreNotAffected(t *testing.T) {
	if out, ok := child(t, "unguarded goroutine"); ok || !strings.Contains(out, "fault") || strings.Contains(out, "survived") {
		t.Errorf("a fault outside the guarded goroutine: ended well %v, output\n%s", ok, out)
	}
	if out, ok := child(t, "unguarded"); ok || !strings.Contains(out, "guarded: alive") || strings.Contains(out, "survived") {
		t.Errorf("a fault after Guard: ended well %v, output\n%s", ok, out)
	}
}

func TestACrashShowsTheStackOfTheOwnPanic(t *testing.T) {
	if out, ok := child(t, "own panic"); ok || !strings.Contains(out, "panicsHere") || !strings.Contains(out, "mine") {
		t.Errorf("ended well %v, output\n%s", ok, out)
	}
}

func TestASentSignalIsReportedOnlyIfAskedFor(t *testing.T) {
	if out, ok := child(t, "sent, watched"); !ok || out != "true true 1\n" {
		t.Errorf("watched: ended well %v, output\n%s", ok, out)
	}
	if out, ok := child(t, "sent"); ok || strings.Contains(out, "survived") {
		t.Errorf("not watched: ended well %v, output\n%s", ok, out)
	}
}
