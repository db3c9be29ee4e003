package report

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/bench/stream"
)

func sample() *File {
	f := &File{
		Schema: Schema, Group: "stream", Title: "Records", Command: "shmbench", Rounds: 3,
		Date:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Machine: Machine{CPU: "cpu", Cores: 2, Kernel: "k", Go: "go", Placement: "here"},
	}
	none := 0.0
	for _, size := range []int64{8, 64} {
		for i, ns := range []float64{12, 10, 14} {
			f.Add(Result{System: stream.RingSend, Size: size, Unit: "ns", Allocs: &none}, []float64{ns, ns + 1})
			f.Add(Result{System: stream.CLimit, Size: size, Unit: "ns"}, []float64{float64(size) - float64(i)})
			f.Add(Result{System: stream.Unix, Size: size, Unit: "ns"}, []float64{1000})
		}
	}
	return f
}

func TestRoundsKeepBestMedianAndWorst(t *testing.T) {
	r, ok := sample().Find(stream.RingSend, "", 64)
	if !ok || r.Best != 10 || r.Median != 12 || r.Worst != 14 || len(r.Samples) != 3 {
		t.Fatalf("got %+v", r)
	}
}

func TestFilesSurviveTheRoundTripAndAreChecked(t *testing.T) {
	dir := t.TempDir()
	if err := sample().Write(dir); err != nil {
		t.Fatal(err)
	}
	files, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := files["stream"]; got == nil || len(got.Results) != 6 || !got.Date.Equal(sample().Date) {
		t.Fatalf("read back %+v", got)
	}
	for name, spoil := range map[string]func(f *File){
		"schema":    func(f *File) { f.Schema++ },
		"no CPU":    func(f *File) { f.Machine.CPU = "" },
		"no rounds": func(f *File) { f.Results[0].Samples = nil },
		"no date":   func(f *File) { f.Date = time.Time{} },
	} {
		f := sample()
		spoil(f)
		if f.Check() == nil {
			t.Errorf("%s: no error", name)
		}
		if f.Write(dir) == nil {
			t.Errorf("%s: was written", name)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil {
		t.Error("an empty file was read as a result")
	}
}

func TestEveryGoalIsInTheTableWhateverWasMeasured(t *testing.T) {
	none, some := Judge(nil), Judge(map[string]*File{"stream": sample()})
	if len(none) != len(some) {
		t.Errorf("%d goals without results, %d with", len(none), len(some))
	}
	for _, v := range none {
		if v.Measured || v.Met || v.Reached != "not measured" {
			t.Errorf("judged without a measurement: %+v", v)
		}
	}
	verdict := func(goal string) Verdict {
		for _, v := range some {
			if strings.Contains(v.Goal, goal) {
				return v
			}
		}
		t.Fatalf("no goal %q", goal)
		return Verdict{}
	}
	if v := verdict("Send/Next of 8 B"); !v.Measured || v.Met || !strings.HasPrefix(v.Reached, "1.67×") {
		t.Errorf("10 ns against 6 ns is a miss of 1.67: %+v", v)
	}
	if v := verdict("Send/Next of 64 B"); !v.Met {
		t.Errorf("10 ns against 62 ns is met: %+v", v)
	}
	if v := verdict("unix socket's message rate"); !v.Met || !strings.HasPrefix(v.Reached, "100.0×") {
		t.Errorf("10 ns against 1000 ns is 100 times: %+v", v)
	}
	if table := Table(some); !strings.Contains(table, "**missed**") || !strings.Contains(table, "not measured |") {
		t.Errorf("the table hides misses:\n%s", table)
	}
}

func TestEveryChartIsDrawn(t *testing.T) {
	files := map[string]*File{}
	for _, c := range charts {
		if files[c.group] == nil {
			f := sample()
			f.Group = c.group
			files[c.group] = f
		}
		for i := range files[c.group].Results {
			r := &files[c.group].Results[i]
			if r.Case == "" && c.kase != "" {
				r.Case = []string{"random", "sequential"}[i%2]
			}
			if c.quantiles {
				r.Quantiles = map[string]float64{"p50": 1e3, "p99.9": 1e5}
			}
		}
	}
	dir := t.TempDir()
	if err := Draw(files, dir); err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		data, err := os.ReadFile(filepath.Join(dir, c.name+".svg"))
		if err != nil || !strings.Contains(string(data), "</svg>") {
			t.Errorf("%s: %d bytes, %v", c.name, len(data), err)
		}
		if strings.Contains(string(data), "NaN") || strings.Contains(string(data), "Inf") {
			t.Errorf("%s has coordinates that are no numbers", c.name)
		}
	}
}

func TestTheDocumentKeepsWhatItsAuthorsWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.md")
	if err := os.WriteFile(path, []byte("before\n"+beginMark+"old\n"+endMark+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string]*File{"stream": sample()}
	for range 2 {
		if err := Document(path, files, Judge(files)); err != nil {
			t.Fatal(err)
		}
	}
	data, _ := os.ReadFile(path)
	s := string(data)
	if !strings.HasPrefix(s, "before\n") || !strings.HasSuffix(s, "after\n") || strings.Contains(s, "old\n") || strings.Count(s, "## Goals") != 1 {
		t.Errorf("document is\n%s", s)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if Document(path, files, nil) == nil {
		t.Error("a document without marks was changed")
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{4, 1, 3, 2}); math.Abs(got-2.5) > 1e-9 {
		t.Errorf("median %v", got)
	}
}
