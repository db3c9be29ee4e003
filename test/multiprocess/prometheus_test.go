package multiprocess

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestPrometheusScrapesTheDemo has a real server scrape both sides of a transfer
// and `shmctl export`, and asks it for the throughput.
func TestPrometheusScrapesTheDemo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: prometheus is run on the other systems")
	}
	server, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not here: install the package of that name")
	}
	src, dir := t.TempDir(), shared(t)
	hole := filepath.Join(src, "hole")
	if err := os.WriteFile(hole, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(hole, 1<<40); err != nil { // longer than the test
		t.Fatal(err)
	}
	p, _, pline := lingering(t, "producer", "-dir", dir, src)
	c, _, cline := lingering(t, "consumer", "-dir", dir)
	t.Cleanup(func() {
		p.interrupt()
		p.wait()
		c.wait()
	})
	targets := map[string]string{"producer": pline().Metrics, "consumer": cline().Metrics, "host": exporter(t, dir)}
	ask := prometheus(t, server, targets)
	for job, side := range map[string]string{"producer": "producer", "consumer": "consumer", "host": "consumer"} {
		query := fmt.Sprintf(`sum(rate(shm_ring_bytes_total{job=%q,side=%q}[5s]))`, job, side)
		for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
			if rate := ask(query); rate > 0 {
				t.Logf("%s: %.0f MB/s by %s", job, rate/1e6, query)
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: no throughput in a minute", query)
			}
		}
	}
	if n := ask("sum(up)"); n != 3 {
		t.Errorf("%v targets are up", n)
	}
	if n := ask(`shm_ring_seated{job="host",side="producer"}`); n != 1 {
		t.Errorf("the producer's seat is %v", n)
	}
}

// exporter runs shmctl export and returns where its metrics are.
func exporter(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command(program(t, "shmctl"), "--dir", dir, "export", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "metrics on "))
}

// prometheus starts a server that scrapes targets every second, and returns what
// evaluates a query that has one value; 0 stands for none.
func prometheus(t *testing.T, server string, targets map[string]string) (ask func(query string) float64) {
	t.Helper()
	dir := t.TempDir()
	config := "global: {scrape_interval: 1s}\nscrape_configs:\n"
	for job, target := range targets {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("  - {job_name: %s, static_configs: [{targets: ['%s']}]}\n", job, u.Host)
	}
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	p := run(t, exec.Command(server, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+addr, "--log.level=warn"))
	t.Cleanup(func() { p.interrupt(); p.wait() }) // before the folder is removed
	return func(query string) float64 {
		resp, err := http.Get("http://" + addr + "/api/v1/query?query=" + url.QueryEscape(query))
		if err != nil {
			if !p.running() {
				t.Fatalf("prometheus ended\n%s", &p.stderr)
			}
			return 0 // not up yet
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Data struct {
				Result []struct{ Value [2]any }
			}
		}
		if json.Unmarshal(body, &answer) != nil || len(answer.Data.Result) != 1 {
			return 0
		}
		v, err := strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Value[1]), 64)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return v
	}
}
