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

func TestFeaturesAreAsked(t *testing.T) {
	all := Features()
	if runtime.GOOS != "linux" {
		if len(all) > 0 {
			t.Errorf("features %+v", all)
		}
		return
	}
	for _, f := range all {
		if f.Name == "" || f.Without == "" {
			t.Errorf("feature %+v", f)
		}
	}
	if !all[3].Have {
		t.Errorf("%s are missing, and this system runs our tests", all[3].Name)
	}
}
