package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// public are the folders of the packages that others import.
var public = []string{"lock", "memmapfs", "metrics", "shm", "shm/region", "shm/ring", "sigbus"}

// parsed reads a package of the project with its tests, for every platform.
func parsed(t *testing.T, dir string) (code, tests []*ast.File, files *token.FileSet) {
	t.Helper()
	files = token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			tests = append(tests, f)
		} else {
			code = append(code, f)
		}
	}
	return code, tests, files
}

// TestEveryExportedNameSaysWhatItIs demands a comment on every exported constant,
// variable, type, function and method. One comment may do for a group.
func TestEveryExportedNameSaysWhatItIs(t *testing.T) {
	for _, dir := range public {
		code, _, files := parsed(t, dir)
		missing := func(n ast.Node, name string) { t.Errorf("%s: %s has no comment", files.Position(n.Pos()), name) }
		for _, f := range code {
			for _, d := range f.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Name.IsExported() && d.Doc == nil && ofExported(d) {
						missing(d, d.Name.Name)
					}
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						name, own := exportedBy(spec)
						if name != "" && d.Doc == nil && !own {
							missing(spec, name)
						}
					}
				}
			}
		}
	}
}

// ofExported says whether d is a function, or a method of an exported type.
func ofExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

// exportedBy returns an exported name that spec declares, and whether spec has a
// comment of its own.
func exportedBy(spec ast.Spec) (name string, commented bool) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			return s.Name.Name, s.Doc != nil || s.Comment != nil
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.IsExported() {
				return n.Name, s.Doc != nil || s.Comment != nil
			}
		}
	}
	return "", false
}

// TestEveryPackageHasAnExampleThatRuns counts only examples with an output.
func TestEveryPackageHasAnExampleThatRuns(t *testing.T) {
	for _, dir := range public {
		_, tests, _ := parsed(t, dir)
		runs := 0
		for _, e := range doc.Examples(tests...) {
			if e.Output != "" || e.EmptyOutput {
				runs++
			}
		}
		if runs == 0 {
			t.Errorf("%s has no example with an output", dir)
		}
	}
}

// TestEveryDocumentIsInTheIndex reads docs/README.md.
func TestEveryDocumentIsInTheIndex(t *testing.T) {
	index, err := os.ReadFile(filepath.Join("..", "..", "docs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if name := filepath.Base(path); name != "README.md" && !strings.Contains(string(index), "("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}
