package multiprocess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/demo"
)

// roleVar makes the test binary play a child; see roles in maps_test.go.
const roleVar = "SHMKIT_MULTIPROCESS_ROLE"

// bin is the folder of the built programs.
var bin string

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "shmkit-multiprocess-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		if err := os.Chmod(dir, 0o755); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

var build = sync.OnceValue(func() error {
	args := []string{"build", "-o", bin + string(filepath.Separator),
		"github.com/absfs/shmkit/examples/producer", "github.com/absfs/shmkit/examples/consumer", "github.com/absfs/shmkit/examples/demo", "github.com/absfs/shmkit/cmd/shmctl"}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
})

// program is the path of a built program.
func program(t *testing.T, name string) string {
	t.Helper()
	if built := os.Getenv("SHMKIT_TEST_PROGRAMS"); built != "" {
		return filepath.Join(built, name)
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("platform: no go command to build the programs with, and no SHMKIT_TEST_PROGRAMS")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(bin, name)
}

// A proc is a child process whose output is kept.
type proc struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
	done   chan struct{}
	err    error
}

// start runs a program; it is killed at the end of the test if it still runs.
func start(t *testing.T, name string, args ...string) *proc {
	t.Helper()
	return run(t, exec.Command(program(t, name), args...))
}

func run(t *testing.T, cmd *exec.Cmd) *proc {
	t.Helper()
	p := &proc{t: t, cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	interruptible(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.done
	})
	return p
}

// wait returns the exit code.
func (p *proc) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(2 * time.Minute):
		p.t.Fatalf("%s does not end\n%s%s", filepath.Base(p.cmd.Path), &p.stdout, &p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// succeed waits for exit code 0 and returns the result the program printed.
func (p *proc) succeed() demo.Result {
	p.t.Helper()
	if code := p.wait(); code != 0 {
		p.t.Fatalf("%s exits with %d\n%s%s", filepath.Base(p.cmd.Path), code, &p.stdout, &p.stderr)
	}
	for line := range strings.Lines(p.stdout.String()) {
		var l demo.Line
		if json.Unmarshal([]byte(line), &l) == nil && l.Result != nil {
			return *l.Result
		}
	}
	p.t.Fatalf("no result in %q", &p.stdout)
	return demo.Result{}
}

func (p *proc) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	<-p.done
}

func (p *proc) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// interrupt is what Ctrl-C does, to one process.
func (p *proc) interrupt() {
	p.t.Helper()
	if err := interrupt(p.cmd.Process); err != nil {
		p.t.Fatal(err)
	}
}

// eventually waits for what two processes do on their own.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// shared is a folder for the shared memory of one test, checked at its end to
// be empty.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "shm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if (err != nil || len(left) > 0) && !t.Skipped() {
			t.Errorf("left behind: %v %v", left, err)
		}
		os.RemoveAll(dir)
	})
	return dir
}
