package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeCodeIsTestedCode demands that every Go block of the README stands
// word for word in a tested Example, so that what a reader copies compiles.
func TestReadmeCodeIsTestedCode(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	sources(t, func(path string, data []byte) {
		if strings.HasSuffix(path, "_test.go") && strings.HasPrefix(filepath.Base(path), "example") {
			examples = append(examples, squeeze(string(data)))
		}
	})
	blocks := goBlocks(string(readme))
	if len(blocks) == 0 {
		t.Fatal("the README shows no Go code")
	}
	for _, block := range blocks {
		found := false
		for _, example := range examples {
			found = found || strings.Contains(example, squeeze(block))
		}
		if !found {
			t.Errorf("in no example*_test.go:\n%s", block)
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
