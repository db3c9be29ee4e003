package cpu

import (
	"runtime"
	"testing"
)

func TestOnlineIsNoLessThanWeMayUse(t *testing.T) {
	if Online() < runtime.NumCPU() {
		t.Fatalf("%d online, %d to use", Online(), runtime.NumCPU())
	}
}

func TestListsOfProcessorsAreCounted(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-3": 4, "0-1,4,8-9": 5, "": 0, "x": 0, "3-1": 0, "1-": 0} {
		if got := countList(list); got != want {
			t.Errorf("%q holds %d, counted %d", list, want, got)
		}
	}
}
