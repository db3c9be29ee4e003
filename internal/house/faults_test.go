package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var faultRow = regexp.MustCompile("\\| `((?:Test|Fuzz)\\w+)` in (\\S+) \\|$")

// TestFaultTableNamesRealTests demands that every row of docs/faults.md ends
// with a test that its package has.
func TestFaultTableNamesRealTests(t *testing.T) {
	root := filepath.Join("..", "..")
	doc, err := os.ReadFile(filepath.Join(root, "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(doc)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| what goes wrong") {
			continue
		}
		rows++
		m := faultRow.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no test is named in the row %q", line)
			continue
		}
		if !hasTest(t, filepath.Join(root, m[2]), m[1]) {
			t.Errorf("%s has no %s", m[2], m[1])
		}
	}
	if rows == 0 {
		t.Error("docs/faults.md has no rows")
	}
}

// hasTest looks for the declaration of a test in the sources of a package.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
