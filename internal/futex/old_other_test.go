//go:build !linux || shmfifo

package futex

import "testing"

func withoutWaitv(t *testing.T) {
	t.Skip("platform: only Linux has kernels with and without futex_waitv")
}
