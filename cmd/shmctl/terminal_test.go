package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// A terminal is a real one, of 120 by 30 cells, that tmux keeps.
type terminal struct {
	t      *testing.T
	socket string
}

func newTerminal(t *testing.T, command ...string) *terminal {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("platform: no tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	dir, err := os.MkdirTemp("", "top") // the names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t, filepath.Join(dir, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() // may be gone
		os.RemoveAll(dir)
	})
	term.tmux(append([]string{"-f", os.DevNull, "new-session", "-d", "-x", "120", "-y", "30", "--"}, command...)...)
	return term
}

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "tmux", append([]string{"-S", m.socket}, args...)...)
	c.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "TMUX=")
	out, err := c.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (m *terminal) press(keys ...string) { m.tmux(append([]string{"send-keys"}, keys...)...) }

// until waits for a screen that is right and returns it.
func (m *terminal) until(what string, right func(screen string) bool) string {
	m.t.Helper()
	var screen string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if screen = m.tmux("capture-pane", "-p"); right(screen) {
			return screen
		}
	}
	m.t.Fatalf("no screen with %s; the last one:\n%s", what, screen)
	return ""
}

// before reports whether both stand on the screen, x above y.
func before(screen, x, y string) bool {
	i, j := strings.Index(screen, x), strings.Index(screen, y)
	return i >= 0 && i < j
}

func TestTopInARealTerminal(t *testing.T) {
	dir := t.TempDir()
	// "aaa" is empty and "zzz" is half full.
	for _, name := range []string{"aaa", "zzz"} {
		p, err := ring.OpenProducer(name, &ring.Options{Dir: dir, Create: true, Capacity: 4096})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if name == "zzz" {
			if err := p.TrySend(make([]byte, 2000)); err != nil {
				t.Fatal(err)
			}
		}
	}
	self, err := exec.LookPath("shmctl")
	if err != nil {
		t.Fatal(err)
	}
	m := newTerminal(t, "sh", "-c", `"$0" --dir "$1" top --every 100ms; echo "status $?"; exec sleep 60`, self, dir)
	m.until("both rings", func(s string) bool { return strings.Contains(s, "aaa") && strings.Contains(s, "zzz") })
	m.press("f")
	m.until("the fullest first", func(s string) bool { return before(s, "zzz", "aaa") && strings.Contains(s, "████") })
	m.press("n")
	m.until("names sorted", func(s string) bool { return before(s, "aaa", "zzz") })
	m.press("/", "z", "ü", "BSpace")
	m.until("the filter", func(s string) bool {
		return strings.Contains(s, "filter: z\n") && strings.Contains(s, "zzz") && !strings.Contains(s, "aaa")
	})
	m.press("Escape")
	m.until("all again", func(s string) bool { return strings.Contains(s, "aaa") && !strings.Contains(s, "filter:") })
	m.press("q")
	m.until("the terminal as it was", func(s string) bool { return strings.Contains(s, "status 0") && !strings.Contains(s, "PRODUCER") })
}

// A terminal at one end only is none: keys or the screen would go elsewhere.
func TestTopWantsATerminalAtBothEnds(t *testing.T) {
	self, err := exec.LookPath("shmctl")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	m := newTerminal(t, "sh", "-c", `"$0" --dir "$1" top </dev/null; echo "status $?"; "$0" --dir "$1" top >"$2"; echo "file $?"; exec sleep 60`, self, t.TempDir(), out)
	m.until("two refusals", func(s string) bool {
		return strings.Count(s, "top needs a terminal") == 2 && strings.Contains(s, "status 1") && strings.Contains(s, "file 1")
	})
	if drawn, err := os.ReadFile(out); err != nil || len(drawn) != 0 {
		t.Errorf("the file holds %q, %v", drawn, err)
	}
}
