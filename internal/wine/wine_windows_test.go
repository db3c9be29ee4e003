package wine

import (
	"testing"

	"golang.org/x/sys/windows"
)

func TestStartedTriesAgainUnderWine(t *testing.T) {
	if _, ok := Version(); !ok {
		t.Skip("platform: this is Windows")
	}
	calls := 0
	err := Started(func() error {
		calls++
		if calls < 3 {
			return windows.ERROR_INTERNAL_ERROR
		}
		return nil
	})
	if err != nil || calls != 3 {
		t.Fatal(calls, err)
	}
}
