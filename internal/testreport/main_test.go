package main

import (
	"strings"
	"testing"
)

const passing = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"| a | b |\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`

func run(in string, strict bool) (string, bool) {
	var out strings.Builder
	ok := report(strings.NewReader(in), &out, strict)
	return out.String(), ok
}

func TestReportPassesTablesAndCounts(t *testing.T) {
	out, ok := run(passing, true)
	if !ok || !strings.Contains(out, "| a | b |\n") || !strings.Contains(out, "1 passed, 0 failed, 0 skipped") {
		t.Fatalf("ok=%v\n%s", ok, out)
	}
}

func TestReportFails(t *testing.T) {
	skip := func(reason string) string {
		return passing + `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: ` + reason + `\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
`
	}
	for _, tt := range []struct {
		name, in string
		strict   bool
		ok       bool
	}{
		{"nothing ran", "", false, false},
		{"a failed test", `{"Action":"fail","Package":"p","Test":"TestA"}`, false, false},
		{"a failed build", passing + `{"Action":"build-fail","ImportPath":"p"}`, false, false},
		{"a failed package", passing + `{"Action":"fail","Package":"p"}`, false, false},
		{"a skip, lenient", skip("no strace"), false, true},
		{"a skip, strict", skip("no strace"), true, false},
		{"a skip the kernel forces", skip("kernel: no FUSE"), true, true},
	} {
		if out, ok := run(tt.in, tt.strict); ok != tt.ok {
			t.Errorf("%s: ok=%v, want %v\n%s", tt.name, ok, tt.ok, out)
		}
	}
}

func TestReportShowsWhatADeadProcessSaid(t *testing.T) {
	out, ok := run(`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: dead\n"}
{"Action":"fail","Package":"p","Elapsed":0.1}
`, false)
	if ok || !strings.Contains(out, "DIED p TestA\npanic: dead\n") {
		t.Fatalf("ok=%v\n%s", ok, out)
	}
}
