//go:build !shmfifo

package futex

import "testing"

func withoutWaitv(t *testing.T) {
	old := hasWaitv
	hasWaitv = func() bool { return false }
	t.Cleanup(func() { hasWaitv = old })
}
