//go:build !shmcheck

package ring

import (
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/cpu"
)

// insideLimit bounds the wait for an operation: it is over in microseconds
// unless it is the one that calls us, from a hook on faults.
const insideLimit = 100 * time.Millisecond

// wait returns when no operation is inside any more. Those that begin later see
// that the side is closed.
func (i *inside) wait() {
	if !cpu.FenceAll() {
		time.Sleep(blind) // stores do not stay in a processor that long
	}
	for end := time.Now().Add(insideLimit); (load32(&i.word) != 0 || i.others.Load() != 0) && time.Now().Before(end); {
		runtime.Gosched()
	}
}
