package metrics

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	update     = flag.Bool("update", false, "write the table of docs/observability.md anew")
	descParts  = regexp.MustCompile(`fqName: "([^"]+)", help: "((?:[^"\\]|\\.)*)", .*variableLabels: \{([^}]*)\}`)
	guideBegin = "<!-- metrics: written by go test ./metrics -run Guide -update -->\n"
	guideEnd   = "<!-- end of metrics -->"
)

// TestTheGuideListsEveryMetric compares the guide's table with what is described.
func TestTheGuideListsEveryMetric(t *testing.T) {
	path := filepath.Join("..", "docs", "observability.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	guide := strings.ReplaceAll(string(text), "\r\n", "\n")
	before, rest, ok := strings.Cut(guide, guideBegin)
	_, after, ended := strings.Cut(rest, guideEnd)
	if !ok || !ended {
		t.Fatal("the guide has no place for the table")
	}
	want := before + guideBegin + metricsTable(t) + guideEnd + after
	switch {
	case want == guide:
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the table in docs/observability.md is not what the code says: go test ./metrics -run Guide -update")
	}
}

func metricsTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| metric | labels | what it says |\n|---|---|---|\n")
	for _, d := range newSchema(nil).all {
		part := descParts.FindStringSubmatch(d.String())
		if part == nil {
			t.Fatalf("%s is not understood", d)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", part[1], strings.ReplaceAll(part[3], ",", ", "), part[2])
	}
	return b.String()
}
