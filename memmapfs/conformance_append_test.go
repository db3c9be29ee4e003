package memmapfs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/wine"
	"github.com/absfs/shmkit/memmapfs"
)

const (
	appendEnv   = "MEMMAPFS_TEST_APPEND" // the file a child appends to
	appendLines = 10_000
)

// appendRole is what a child of the test below does. The lines tell their
// writer and number and differ in length.
func appendRole(name, writer string) error {
	base, err := osfs.NewFS()
	if err != nil {
		return err
	}
	fs := memmapfs.New(base, nil)
	defer fs.Close()
	f, err := fs.OpenFile(osfs.FromNative(name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	for i := range appendLines {
		line := fmt.Sprintf("%s %d %s\n", writer, i, strings.Repeat("x", i%100))
		if n, err := f.Write([]byte(line)); err != nil || n != len(line) {
			return fmt.Errorf("append %d: %d, %w", i, n, err)
		}
	}
	return f.Close()
}

func TestTwoProcessesAppendWithoutLosingOrTearingALine(t *testing.T) {
	if name := os.Getenv(appendEnv); name != "" {
		if err := appendRole(name, strconv.Itoa(os.Getpid())); err != nil {
			t.Fatal(err)
		}
		return
	}
	wine.Skip(t, "an append is a seek and a write, also with os.File alone")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "log")
	var children [2]*exec.Cmd
	var outputs [2]bytes.Buffer
	for i := range children {
		cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), appendEnv+"="+name)
		cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children[i] = cmd
	}
	for i, cmd := range children {
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v\n%s", err, outputs[i].Bytes())
		}
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for line := range strings.Lines(string(content)) {
		var writer, fill string
		var i int
		if _, err := fmt.Sscanf(line, "%s %d %s\n", &writer, &i, &fill); i%100 != 0 && err != nil {
			t.Fatalf("torn line %q: %v", line, err)
		}
		if i != next[writer] || fill != strings.Repeat("x", i%100) {
			t.Fatalf("line %q came, number %d of its writer was expected", line, next[writer])
		}
		next[writer]++
	}
	if len(next) != 2 {
		t.Fatalf("lines of %d writers, want 2", len(next))
	}
	for writer, n := range next {
		if n != appendLines {
			t.Errorf("writer %s: %d lines, want %d", writer, n, appendLines)
		}
	}
}
