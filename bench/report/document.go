package report

import (
	"fmt"
	"os"
	"strings"
)

// The part of a document between these lines is generated.
const (
	beginMark = "<!-- begin of what make bench writes -->\n"
	endMark   = "<!-- end of what make bench writes -->\n"
)

// Document renews the generated part of the Markdown file at path: where and how
// the numbers were made, the goals, and every result with its noise.
func Document(path string, files map[string]*File, verdicts []Verdict) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no generated part", path)
	}
	return os.WriteFile(path, []byte(before+beginMark+generated(files, verdicts)+endMark+after), 0o644)
}

func generated(files map[string]*File, verdicts []Verdict) string {
	var b strings.Builder
	b.WriteString("\n## Goals\n\n" + Table(verdicts) + "\n")
	first := true
	for _, c := range charts {
		f := files[c.group]
		if f == nil {
			continue
		}
		if first {
			m := f.Machine
			fmt.Fprintf(&b, "## Charts\n\n%s, %d cores, %s, %s, %s. Measured %s with `%s`, %d rounds. Load before the first group: %s.\n\n",
				m.CPU, m.Cores, m.Kernel, m.Go, m.Compiler, f.Date.Format("2006-01-02"), f.Command, f.Rounds, m.Load)
			first = false
		}
		fmt.Fprintf(&b, "![%s](bench/%s.svg)\n\n", c.title, c.name)
	}
	b.WriteString("## Numbers\n")
	drawn := map[string]bool{}
	for _, c := range charts {
		if f := files[c.group]; f != nil && !drawn[c.group] {
			drawn[c.group] = true
			writeNumbers(&b, f)
		}
	}
	b.WriteString("\n")
	return b.String()
}

func writeNumbers(b *strings.Builder, f *File) {
	fmt.Fprintf(b, "\n### %s\n\n%s; %d rounds; load %s.\n\n", f.Title, f.Machine.Placement, f.Rounds, f.Machine.Load)
	b.WriteString("| system | case | bytes | best | median | worst | allocations |\n|---|---|---:|---:|---:|---:|---:|\n")
	for _, r := range f.Results {
		size, allocs := "", ""
		if r.Size > 0 {
			size = bytesLabel(float64(r.Size))
		}
		if r.Allocs != nil {
			allocs = fmt.Sprintf("%.2g", *r.Allocs)
		}
		kase := r.Case
		for _, q := range []string{"p50", "p90", "p99", "p99.9"} {
			if v, ok := r.Quantiles[q]; ok {
				kase += fmt.Sprintf(", %s %s", q, nanos(v))
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.System, kase, size, r.show(r.Best), r.show(r.Median), r.show(r.Worst), allocs)
	}
	for _, s := range f.Skipped {
		fmt.Fprintf(b, "\nNot measured in a round: %s %s %d: %s\n", s.System, s.Case, s.Size, s.Reason)
	}
}

func (r Result) show(v float64) string {
	if r.Unit == "ns" {
		return nanos(v)
	}
	return fmt.Sprintf("%.3g %s", v, r.Unit)
}
