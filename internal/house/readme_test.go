package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGuidesCodeIsTestedCode demands that every Go block of the README and of the
// guides listed here stands word for word in a tested Example, so that what a
// reader copies compiles.
func TestGuidesCodeIsTestedCode(t *testing.T) {
	var examples []string
	sources(t, func(path string, data []byte) {
		if strings.HasSuffix(path, "_test.go") && strings.HasPrefix(filepath.Base(path), "example") {
			examples = append(examples, squeeze(string(data)))
		}
	})
	for _, guide := range []string{"README.md", "docs/shm.md", "docs/locks.md", "docs/ring.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(guide)))
		if err != nil {
			t.Fatal(err)
		}
		blocks := goBlocks(string(text))
		if len(blocks) == 0 {
			t.Errorf("%s shows no Go code", guide)
		}
		for _, block := range blocks {
			code := squeeze(block)
			if !slices.ContainsFunc(examples, func(example string) bool { return strings.Contains(example, code) }) {
				t.Errorf("%s: in no example*_test.go:\n%s", guide, block)
			}
		}
	}
}

func goBlocks(markdown string) []string {
	var blocks []string
	for {
		_, rest, ok := strings.Cut(markdown, "```go\n")
		if !ok {
			return blocks
		}
		block, after, _ := strings.Cut(rest, "```")
		blocks, markdown = append(blocks, block), after
	}
}

// squeeze drops indentation and blank lines, which differ between the two.
func squeeze(code string) string {
	var lines []string
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
