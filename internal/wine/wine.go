package wine

import (
	"testing"
	"time"
)

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

// Started calls start, which makes a process. Wine's server fails at that once in
// hundreds of processes that are killed at once, for no reason of the caller's ("Internal
// error"): then it is called again, up to four times. What start has prepared for a
// process it must prepare anew.
func Started(start func() error) error {
	err := start()
	for try := time.Duration(1); try < 5 && busy(err); try++ {
		time.Sleep(try * 100 * time.Millisecond)
		err = start()
	}
	return err
}
