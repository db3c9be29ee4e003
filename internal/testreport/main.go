package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	strict := flag.Bool("strict", false, "a skip that neither kernel nor platform forces is a failure")
	flag.Parse()
	if !report(os.Stdin, os.Stdout, *strict) {
		os.Exit(1)
	}
}

// event is a line of `go test -json`; go doc test2json describes the fields.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

type tally struct {
	passed, failed, skipped, refused int
	packages                         int
	skips                            []string
}

// report copies the story of in to out and says whether all is well.
func report(in io.Reader, out io.Writer, strict bool) bool {
	var sum tally
	output := map[string][]string{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var ev event
		if json.Unmarshal(lines.Bytes(), &ev) != nil || ev.Action == "" {
			fmt.Fprintln(out, lines.Text())
			continue
		}
		sum.take(ev, output, out, strict)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, "testreport:", err)
		sum.failed++
	}
	for _, skip := range sum.skips {
		fmt.Fprintln(out, "SKIP", skip)
	}
	if sum.refused > 0 {
		fmt.Fprintf(out, "%d skips are for want of something this machine should have\n", sum.refused)
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", sum.passed, sum.failed+sum.refused, sum.skipped)
	return sum.failed == 0 && sum.refused == 0 && sum.passed > 0
}

func (s *tally) take(ev event, output map[string][]string, out io.Writer, strict bool) {
	key := ev.Package + " " + ev.Test
	switch ev.Action {
	case "build-output":
		fmt.Fprint(out, ev.Output)
	case "build-fail":
		s.failed++
	case "output":
		if strings.HasPrefix(ev.Output, "| ") {
			fmt.Fprint(out, ev.Output)
		}
		output[key] = append(output[key], ev.Output)
	case "pass", "fail", "skip":
		if ev.Action == "fail" && ev.Test == "" {
			s.unfinished(ev.Package, output, out)
		}
		s.end(ev, output[key], out, strict)
		delete(output, key)
	}
}

// unfinished prints what the tests said that were running when their process
// died: they have no end of their own.
func (s *tally) unfinished(pkg string, output map[string][]string, out io.Writer) {
	for _, key := range slices.Sorted(maps.Keys(output)) {
		if test, ok := strings.CutPrefix(key, pkg+" "); ok && test != "" {
			fmt.Fprintf(out, "DIED %s\n%s", key, strings.Join(output[key], ""))
			delete(output, key)
		}
	}
}

func (s *tally) end(ev event, lines []string, out io.Writer, strict bool) {
	if ev.Test == "" {
		s.packages++
		if ev.Action != "skip" {
			fmt.Fprintf(out, "%-4s %s %.1fs\n", ev.Action, ev.Package, ev.Elapsed)
		}
		if ev.Action == "fail" {
			s.failed++
			fmt.Fprint(out, strings.Join(lines, ""))
		}
		return
	}
	switch ev.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprintf(out, "FAIL %s %s\n%s", ev.Package, ev.Test, strings.Join(lines, ""))
	case "skip":
		s.skipped++
		reason := skipReason(lines)
		s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", ev.Package, ev.Test, reason))
		if strict && !forced(reason) {
			s.refused++
		}
	}
}

// skipReason picks what the test said last out of the lines go test prints for it.
func skipReason(lines []string) string {
	for _, line := range slices.Backward(lines) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		if _, said, ok := strings.Cut(line, ".go:"); ok {
			if _, text, ok := strings.Cut(said, ": "); ok {
				return text
			}
		}
		return line
	}
	return "no reason given"
}

func forced(reason string) bool {
	return strings.HasPrefix(reason, "kernel:") || strings.HasPrefix(reason, "platform:") ||
		strings.HasPrefix(reason, "soak:")
}
