package wine

import "testing"

// Version is Wine's version; ok is false on Windows itself and everywhere else.
func Version() (v string, ok bool) { return version() }

// Skip skips t under Wine, which lacks what reason says. Elsewhere it does
// nothing.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if v, ok := Version(); ok {
		t.Skipf("platform: Wine %s: %s", v, reason)
	}
}
