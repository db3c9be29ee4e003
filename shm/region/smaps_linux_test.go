package region

import (
	"os"
	"strings"
	"testing"
)

// vmFlags are the kernel's flags of the mapping of path in this process.
func vmFlags(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), path+"\n")
	if !ok {
		t.Fatalf("%s is not mapped", path)
	}
	_, rest, _ = strings.Cut(rest, "VmFlags:")
	flags, _, _ := strings.Cut(rest, "\n")
	return flags + " "
}
