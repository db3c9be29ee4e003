package cases

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// The test binary plays the children's roles.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		if err := Main(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestEveryCaseRuns runs each case once; what costs disk time or memory is left
// to the program.
func TestEveryCaseRuns(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: cold pages and memory are measured on Linux only")
	}
	for _, g := range Groups {
		switch g.Name {
		case "memory", "stall", "cold", "sync":
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			cases, closeAll, err := g.Open(t.TempDir(), Plan{Quick: true, Segment: 200 * time.Microsecond})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				value, _, err := c.Segment()
				if err != nil || value <= 0 {
					t.Errorf("%s %s %d: %v, %v", c.System, c.Name, c.Size, value, err)
				}
			}
			if err := closeAll(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoopCountsAllocations(t *testing.T) {
	var sink []*[64]byte
	segment := loop(Plan{Segment: 100 * time.Microsecond}, func(n int) error {
		sink = sink[:0]
		for range n {
			sink = append(sink, new([64]byte))
		}
		return nil
	})
	if _, allocs, err := segment(); err != nil || allocs < 1 {
		t.Errorf("%v allocations per operation, want 1 or more: %v", allocs, err)
	}
}

func TestSituationsCompareSystems(t *testing.T) {
	var list []Case
	for _, system := range []string{"a", "b", "c"} {
		for _, size := range []int64{64, 4096} {
			list = append(list, Case{System: system, Name: Random, Size: size}, Case{System: system, Name: Hot, Size: size})
		}
	}
	situations := Situations(list)
	if len(situations) != 4 {
		t.Fatalf("%d situations", len(situations))
	}
	for _, s := range situations {
		if len(s) != 3 || s[0].System+s[1].System+s[2].System != "abc" {
			t.Fatalf("%+v", s)
		}
		for _, c := range s {
			if c.Name != s[0].Name || c.Size != s[0].Size {
				t.Errorf("%s of %d beside %s of %d", c.Name, c.Size, s[0].Name, s[0].Size)
			}
		}
	}
}
