package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var (
	nameIn     = regexp.MustCompile(`\b(?:shm|memmapfs|lock|sigbus)_[a-z_]+`)
	described  = regexp.MustCompile(`fqName: "([a-z_]+)"`)
	ofASummary = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// exposed is the names of all metrics.
func exposed() map[string]bool {
	names := map[string]bool{}
	for _, d := range newSchema(nil).all {
		names[described.FindStringSubmatch(d.String())[1]] = true
	}
	return names
}

func dashboard(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "dashboards", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDashboardsAskForMetricsThatExist reads the queries of the dashboard, of the
// alerts and of the guide.
func TestDashboardsAskForMetricsThatExist(t *testing.T) {
	names, asked := exposed(), map[string]bool{}
	for _, file := range []string{"shmkit.json", "alerts.yml", "alerts_test.yml", "../docs/observability.md"} {
		for _, found := range nameIn.FindAllString(dashboard(t, file), -1) {
			name := ofASummary.ReplaceAllString(found, "")
			if asked[name] = true; !names[name] {
				t.Errorf("%s asks for %s, which there is not", file, found)
			}
		}
	}
	if len(asked) < 30 {
		t.Errorf("only %d metrics are asked for", len(asked))
	}
}

// TestTheDashboardHasAPanelForEachKind checks what Grafana needs: unique ids,
// panels that do not lie on each other, and queries with a data source.
func TestTheDashboardHasAPanelForEachKind(t *testing.T) {
	var board struct {
		UID    string
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(dashboard(t, "shmkit.json")), &board); err != nil {
		t.Fatal(err)
	}
	ids, cells := map[int]bool{}, map[[2]int]string{}
	kinds := map[string]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("%s: id %d is taken", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies on %s, or beyond the edge", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s asks nothing", p.Title)
		}
		for _, target := range p.Targets {
			kind, _, _ := strings.Cut(nameIn.FindString(target.Expr), "_")
			kinds[kind] = true
		}
	}
	for _, kind := range []string{"shm", "memmapfs", "lock", "sigbus"} {
		if !kinds[kind] {
			t.Errorf("no panel shows %s", kind)
		}
	}
}

func TestAlertsHoldTheirTests(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		cmd := exec.Command(promtool(t), args...)
		cmd.Dir = filepath.Join("..", "dashboards")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// promtool is the path of Prometheus's tool.
func promtool(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("platform: promtool is run on the other systems")
	}
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not here: install the package prometheus")
	}
	return path
}
