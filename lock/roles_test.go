package lock

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/wine"
	"go.uber.org/goleak"
)

// roleVar names the environment variable that makes a copy of the test binary
// play a role instead of running tests.
const roleVar = "SHMKIT_LOCK_ROLE"

// roles are what children do with the file args[0]; what they return is fatal.
var roles = map[string]func(path string, args []string) error{}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		if err := roles[role](os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, role+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// soak says whether the long variants run.
var soak = os.Getenv("SHMKIT_SOAK") == "1"

// within is how long anything in a test may take before it counts as hung.
const within = 60 * time.Second

func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	t.Cleanup(cancel)
	return ctx
}

// child is a process that plays a role.
type child struct {
	*exec.Cmd
	out *bufio.Scanner
}

// start starts a child in a role; prepare may change how.
func start(role, path string, prepare func(*exec.Cmd), args ...string) (c *child, err error) {
	err = wine.Started(func() error {
		c, err = startOnce(role, path, prepare, args...)
		return err
	})
	return c, err
}

func startOnce(role, path string, prepare func(*exec.Cmd), args ...string) (*child, error) {
	cmd := exec.Command(os.Args[0], append([]string{path}, args...)...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVar+"="+role)
	cmd.Stderr = os.Stderr
	prepare(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &child{cmd, bufio.NewScanner(out)}, cmd.Start()
}

// spawn starts a child in a role and ends it with the test.
func spawn(t testing.TB, role, path string, args ...string) *child {
	t.Helper()
	c, err := start(role, path, func(*exec.Cmd) {}, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return c
}

// say tells the parent something.
func say(word string) { fmt.Println(word) }

// hears waits until the child says word.
func (c *child) hears(t testing.TB, word string) {
	t.Helper()
	for c.out.Scan() {
		if c.out.Text() == word {
			return
		}
	}
	t.Fatalf("the child never said %q", word)
}

// end waits for the child to exit.
func (c *child) end() error {
	for c.out.Scan() {
	}
	return c.Wait()
}

func (c *child) ends(t testing.TB) {
	t.Helper()
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
}

func (c *child) killed(t testing.TB) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
}

// newFile makes a file of one page for locks and data.
func newFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func number(args []string, i int) int {
	n, err := strconv.Atoi(args[i])
	if err != nil {
		panic(err)
	}
	return n
}
