package region

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// roles are what copies of the test binary can be asked to do. A role talks to
// the test by lines: it prints, and waits for a line on its standard input.
var roles = map[string]func(args []string) error{}

func TestMain(m *testing.M) {
	if role := os.Getenv("REGION_TEST_ROLE"); role != "" {
		name, args, _ := strings.Cut(role, " ")
		if err := roles[name](strings.Fields(args)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a copy of the test binary in a role.
type child struct {
	cmd *exec.Cmd
	in  *bufio.Writer
	out *bufio.Reader
	t   testing.TB
}

func startRole(t testing.TB, role string, args ...string) *child {
	t.Helper()
	return startCommand(t, exec.Command(os.Args[0]), role, args...)
}

// startCommand starts cmd in a role. Under -race it ends without the pause in
// which other threads of a process could report.
func startCommand(t testing.TB, cmd *exec.Cmd, role string, args ...string) *child {
	t.Helper()
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "REGION_TEST_ROLE="+role+" "+strings.Join(args, " "))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, in: bufio.NewWriter(in), out: bufio.NewReader(out), t: t}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return c
}

// expect reads the child's next line.
func (c *child) expect(want string) {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if line = strings.TrimSpace(line); err != nil || line != want {
		c.t.Fatalf("child said %q, %v; want %q", line, err, want)
	}
}

func (c *child) say(line string) {
	c.t.Helper()
	_, _ = c.in.WriteString(line + "\n")
	if err := c.in.Flush(); err != nil {
		c.t.Fatal(err)
	}
}

// kill ends the child without any chance to clean up, and leaves a zombie until
// the test is over.
func (c *child) kill() {
	c.t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *child) wait() {
	c.t.Helper()
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatal(err)
	}
}

// awaitLine blocks a role until the test says something.
func awaitLine() { _, _ = bufio.NewReader(os.Stdin).ReadString('\n') }

// skipEmulated skips what QEMU's user emulation gets wrong: it maps no huge
// pages, hides what madvise did, and loses the address of a fault. It shows the
// processor of its host.
func skipEmulated(t testing.TB) {
	t.Helper()
	if emulated() {
		t.Skip("platform: emulated")
	}
}

// emulated says whether QEMU runs the program on a machine of another kind.
func emulated() bool {
	if runtime.GOARCH == "amd64" || runtime.GOARCH == "386" {
		return false
	}
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	return bytes.Contains(cpu, []byte("GenuineIntel")) || bytes.Contains(cpu, []byte("AuthenticAMD"))
}
