package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSkipsUnderWineAreListed compares the tests that call wine.Skip, and their
// reasons, with the table in docs/platforms.md.
func TestSkipsUnderWineAreListed(t *testing.T) {
	root := filepath.Join("..", "..")
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			found = append(found, wineSkips(t, root, path)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "platforms.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "<!-- wine -->")
	table, _, _ = strings.Cut(table, "<!-- /wine -->")
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\S+ \\w+)` \\| (.*) \\|\r?$").FindAllStringSubmatch(table, -1) {
		listed = append(listed, m[1]+": "+m[2])
	}
	slices.Sort(found)
	slices.Sort(listed)
	if diff := cmp.Diff(listed, found); diff != "" {
		t.Fatalf("docs/platforms.md and the tests differ (-listed +skipped):\n%s", diff)
	}
	if len(found) == 0 {
		t.Fatal("found none")
	}
}

// wineSkips returns "package Test: reason" for every call of wine.Skip in a file.
func wineSkips(t *testing.T, root, path string) (skips []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if types.ExprString(call.Fun) != "wine.Skip" {
				return true
			}
			reason, err := strconv.Unquote(call.Args[1].(*ast.BasicLit).Value)
			if err != nil || !strings.HasPrefix(fn.Name.Name, "Test") {
				t.Errorf("%s: wine.Skip belongs into a test, with a literal reason", path)
			}
			skips = append(skips, filepath.ToSlash(dir)+" "+fn.Name.Name+": "+reason)
			return true
		})
	}
	return skips
}
