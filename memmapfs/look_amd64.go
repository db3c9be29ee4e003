//go:build linux && !race && !msan && !asan && !shmnotrap

package memmapfs

import "github.com/absfs/shmkit/internal/trap"

// canLook says whether there is look.
var canLook = trap.Add(lookEntry(), lookResume())

// longestLook is the length up to which look copies.
const longestLook = 128

const (
	//lint:ignore U1000 assembly reads it
	hitsLane = trap.Lane
	//lint:ignore U1000 assembly reads it
	hitsLanesLog = trap.LanesLog
)

// look is readHinted for n bytes at off, at least 1 and at most longestLook, where the
// first hint is right and the pages were touched before. It makes half the instructions,
// so that the processor has more reads of memory under way at once. It reads everything
// before it writes to p. False: nothing is known, and p may hold anything.
//
//go:noescape
func look(w *windows, p *byte, n, off int64) bool

// lookFaulted is where look goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func lookFaulted(w *windows, p *byte, n, off int64) bool

func lookEntry() uintptr
func lookResume() uintptr
