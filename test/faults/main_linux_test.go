package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

const roleEnv = "SHMKIT_FAULTS_ROLE"

// A role is what a child process does in the place of the tests. It gets the
// order of its parent and returns what the parent is told.
type role func(order) (any, error)

var roles = map[string]role{}

// order tells a child what to do.
type order struct {
	Role string
	Plan plan
	File string
	Dir  string
	Size int64
}

func TestMain(m *testing.M) {
	if s := os.Getenv(roleEnv); s != "" {
		if err := play(s); err != nil {
			fmt.Fprintln(os.Stderr, "role:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func play(s string) error {
	var o order
	if err := json.Unmarshal([]byte(s), &o); err != nil {
		return err
	}
	result, err := roles[o.Role](o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// child is a running process in a role. Its standard output may only be read
// by ready and by wait.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     interface{ Close() error }
	out    *json.Decoder
	errors bytes.Buffer
}

// prepare makes a child ready to start.
func prepare(t *testing.T, o order) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), duration(2*time.Minute, 20*time.Minute))
	t.Cleanup(cancel)
	c := &child{t: t, cmd: exec.CommandContext(ctx, exe)}
	c.cmd.Env = append(os.Environ(), roleEnv+"="+string(text),
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE")) // or each child takes a second longer
	c.cmd.Stderr = &c.errors
	return c
}

// start runs a role and returns when it says that it is ready.
func start(t *testing.T, o order) *child {
	t.Helper()
	c := prepare(t, o)
	c.run()
	return c
}

func (c *child) run() {
	c.t.Helper()
	in, err := c.cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	c.in, c.out = in, json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if c.cmd.ProcessState == nil {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait()
		}
	})
	var word string
	if err := c.out.Decode(&word); err != nil || word != "ready" {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		c.t.Fatalf("child was not ready (%v): %v\n%s", err, c.cmd.ProcessState, &c.errors)
	}
}

// finish asks the child to end and decodes its result. A child that was killed
// by a signal, crashed or returned an error fails the test.
func (c *child) finish(result any) {
	c.t.Helper()
	c.in.Close()
	derr := c.out.Decode(result)
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatalf("the child did not survive: %v\n%s", err, tail(c.errors.Bytes()))
	}
	if derr != nil {
		c.t.Fatalf("result of the child: %v", derr)
	}
}

func tail(b []byte) []byte { return b[:min(len(b), 6000)] }

// ready is called by a role once it may be disturbed.
func ready() { fmt.Println(`"ready"`) }

// told returns a channel that is closed when the parent asks the role to end.
func told() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var b [1]byte
		for {
			if _, err := os.Stdin.Read(b[:]); err != nil {
				return
			}
		}
	}()
	return done
}
