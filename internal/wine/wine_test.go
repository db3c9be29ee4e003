package wine

import (
	"errors"
	"io/fs"
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

func TestStartedTellsWhatIsNotWines(t *testing.T) {
	calls := 0
	err := Started(func() error { calls++; return fs.ErrNotExist })
	if !errors.Is(err, fs.ErrNotExist) || calls != 1 {
		t.Fatal(calls, err)
	}
}
