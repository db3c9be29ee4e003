package wine

import (
	"runtime"
	"testing"
)

func TestWineIsFoundOnWindowsOnly(t *testing.T) {
	v, ok := Version()
	if ok && runtime.GOOS != "windows" {
		t.Fatalf("Wine %s on %s", v, runtime.GOOS)
	}
	if ok != (v != "") {
		t.Fatalf("version %q, %v", v, ok)
	}
}
