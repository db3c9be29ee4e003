package multiprocess

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/demo"
)

// lingering starts a program that serves /metrics until its standard input is
// closed, and returns it with what closes that.
func lingering(t *testing.T, name string, args ...string) (*proc, io.Closer, func() demo.Line) {
	t.Helper()
	cmd := exec.Command(program(t, name), append([]string{"-json", "-linger", "-metrics", "127.0.0.1:0"}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines, w := io.Pipe()
	dec := json.NewDecoder(lines)
	cmd.Stdout = w
	p := &proc{t: t, cmd: cmd, done: make(chan struct{})}
	cmd.Stderr = &p.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		w.Close()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		lines.Close()
		<-p.done
	})
	return p, in, func() demo.Line {
		t.Helper()
		var l demo.Line
		if err := dec.Decode(&l); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, &p.stderr)
		}
		return l
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return string(b)
}

func TestBothSidesServeMetricsThatAgree(t *testing.T) {
	src, dir := makeTree(t, 1<<20), shared(t)
	p, pin, pline := lingering(t, "producer", "-dir", dir, src)
	c, cin, cline := lingering(t, "consumer", "-dir", dir)
	purl, curl := pline().Metrics, cline().Metrics
	pres, cres := pline().Result, cline().Result
	if pres == nil || cres == nil || pres.SHA256 != cres.SHA256 {
		t.Fatalf("results %+v, %+v", pres, cres)
	}
	ptext, ctext := get(t, purl), get(t, curl)
	records := func(text, side string) (n float64) {
		prefix := fmt.Sprintf(`shm_ring_records_total{ring="shmkit-demo",side=%q} `, side)
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				fmt.Sscan(rest, &n)
			}
		}
		return n
	}
	if sent, got := records(ptext, "producer"), records(ctext, "consumer"); sent != got || sent < 47*2 {
		t.Errorf("%v records sent, %v received", sent, got)
	}
	if !strings.Contains(ptext, "sigbus_faults_recovered_total 0") {
		t.Error("no sigbus metrics")
	}
	if promtool, err := exec.LookPath("promtool"); err != nil {
		t.Log("promtool is not here")
	} else {
		cmd := exec.Command(promtool, "check", "metrics")
		cmd.Stdin = strings.NewReader(ptext)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool: %v\n%s", err, out)
		}
	}
	pin.Close()
	cin.Close()
	if p.wait() != 0 || c.wait() != 0 {
		t.Errorf("exit codes: %s%s", &p.stderr, &c.stderr)
	}
}

func TestDemoComparesAndLeavesNothing(t *testing.T) {
	src := makeTree(t, 1<<20)
	var built []string
	if dir := os.Getenv("SHMKIT_TEST_PROGRAMS"); dir != "" {
		built = []string{"-bin", dir}
	}
	p := start(t, "demo", append(built, "-src", src)...)
	if code := p.wait(); code != 0 || !strings.Contains(p.stdout.String(), "\nIDENTICAL (47 files compared byte for byte on disk)\n") {
		t.Errorf("exit code %d\n%s", code, describe(p))
	}
	if n := strings.Count(p.stdout.String(), "shm_ring_records_total{"); n != 2 {
		t.Errorf("%d metrics, want one of each side\n%s", n, &p.stdout)
	}
	refused(t, start(t, "demo", "-src", "/nowhere/at/all"), 1, filepath.FromSlash("/nowhere/at/all"))
}
