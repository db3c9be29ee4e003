package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/absfs/shmkit"

// layers lists the packages from the top of the house to its foundation. A
// package may import packages of its own line only where the line says so, and
// of any line below.
var layers = [][]string{
	{"cmd/", "examples/", "test/"},
	{"internal/transfer", "internal/demo", "internal/ringcheck", "internal/testreport"},
	{"metrics"},
	{"shm/rpc", "shm/ring/"},
	{"shm"},
	{"shm/ring"},
	{"shm/region"},
	{"memmapfs", "lock"},
	{"sigbus"},
	{"internal/"},
}

type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("platform: the go command is not here")
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatalf("go list output: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

// layer returns the index of the longest entry that names path, -1 for none.
func layer(path string) int {
	best, at := -1, -1
	for i, names := range layers {
		for _, name := range names {
			match := path == name || strings.HasSuffix(name, "/") && strings.HasPrefix(path, name)
			if match && len(name) > best {
				best, at = len(name), i
			}
		}
	}
	return at
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		at := layer(from)
		if at < 0 {
			t.Errorf("%s has no layer: add it to the table", from)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module+"/")
			if ours && layer(to) < at {
				t.Errorf("%s imports %s, which stands above it", from, to)
			}
		}
	}
}

func TestOnlyMetricsAndProgramsImportPrometheus(t *testing.T) {
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if layer(from) <= layer("metrics") {
			continue
		}
		for _, imp := range p.Imports {
			if strings.Contains(imp, "prometheus") {
				t.Errorf("%s imports %s: metrics are pulled by package metrics", from, imp)
			}
		}
	}
}

// Outside internal/ one file of each package named here may use unsafe, for its
// typed view of shared memory; system calls never leave internal/.
var typedViews = []string{"shm/region", "shm/ring", "lock"}

func TestUnsafeAndSystemCallsStayInside(t *testing.T) {
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if strings.HasPrefix(from, "internal/") || layer(from) <= layer("internal/transfer") {
			continue
		}
		var unsafeFiles []string
		for _, file := range p.GoFiles {
			for _, imp := range importsOf(t, p.Dir+"/"+file) {
				switch {
				case imp == "unsafe":
					unsafeFiles = append(unsafeFiles, file)
				case imp == "syscall" || strings.HasPrefix(imp, "golang.org/x/sys"):
					t.Errorf("%s/%s imports %s: only internal/ may", from, file, imp)
				}
			}
		}
		switch {
		case len(unsafeFiles) > 0 && !slices.Contains(typedViews, from):
			t.Errorf("%s: unsafe in %v: only internal/ may", from, unsafeFiles)
		case len(unsafeFiles) > 1:
			t.Errorf("%s: unsafe in %v: keep it to one file", from, unsafeFiles)
		}
	}
}
