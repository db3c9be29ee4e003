package host

import (
	"errors"
	"runtime"
	"testing"
)

func TestSpaceAndLimitsAreKnown(t *testing.T) {
	size, free, err := Space(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: no way to ask")
	}
	if err != nil || size == 0 || free > size {
		t.Errorf("Space = %d, %d, %v", size, free, err)
	}
	if _, _, err := Space("/nowhere/at/all"); err == nil {
		t.Error("a folder that is not there has space")
	}
	if l := Look(); l.OpenFiles == 0 || l.Kernel == "" || runtime.GOOS == "linux" && l.MapCount == 0 {
		t.Errorf("limits %+v", l)
	}
}
