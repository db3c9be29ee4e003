package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// status runs shmctl and returns its exit status. With a ready file it is
// interrupted as soon as that exists, or something was printed: then it listens
// to signals.
func status(t *testing.T, ready string, args ...string) int {
	t.Helper()
	self, err := exec.LookPath("shmctl") // TestMain has put it there
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout = out
	r, w, err := os.Pipe() // standard input that never ends
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	c.Stdin = r
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if ready != "" {
		for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			st, err := out.Stat()
			if _, missing := os.Stat(ready); missing == nil || err != nil || st.Size() > 0 || time.Now().After(end) {
				break
			}
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		stop := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
		defer stop.Stop()
	}
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

func TestExitStatusIsAsTheHelpSays(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		want int
		args string
	}{
		{0, ""}, {0, "-h"}, {0, "ls"}, {0, "ls -o json"}, {0, "doctor"}, {0, "reap -n"}, {0, "create x"}, {0, "rm x"}, {0, "completion zsh"},
		{1, "info x"}, {1, "rm x"}, {1, "dump x"}, {1, "tail x"}, {1, "record x y"}, {1, "replay x"}, {1, "create x --size 0"}, {1, "top"},
		{2, "nonsense"}, {2, "ls extra"}, {2, "ls --nonsense"}, {2, "ls -o yaml"}, {2, "create"}, {2, "rm"}, {2, "bench --last 0s"}, {2, "bench --capacity 1"},
		{2, "create x --size many"}, {2, "create x --persistent"}, {2, "create x --region --overwrite"}, {2, "top --every 1ms"},
		{2, "replay x --speed nan"}, {2, "dump x --format morse"}, {2, "record x"},
	} {
		if got := status(t, "", append([]string{"--dir", dir}, strings.Fields(c.args)...)...); got != c.want {
			t.Errorf("shmctl %s: %d, not %d", c.args, got, c.want)
		}
	}
	if runtime.GOOS == "windows" {
		return // no process there can be interrupted alone
	}
	for args, want := range map[string]int{"send x": 130, "recv y": 130, "web --listen 127.0.0.1:0": 0, "export --listen 127.0.0.1:0": 0, "top -o json": 0} {
		if got := status(t, filepath.Join(dir, strings.TrimPrefix(args, strings.Fields(args)[0]+" ")), append([]string{"--dir", dir}, strings.Fields(args)...)...); got != want {
			t.Errorf("shmctl %s and Ctrl-C: %d, not %d", args, got, want)
		}
	}
}
