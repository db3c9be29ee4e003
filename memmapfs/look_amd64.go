//go:build linux && !race && !msan && !asan && !shmnotrap

package memmapfs

import (
	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/trap"
)

// canLook says whether there is look. It shifts with an instruction that not every
// processor has, which is two less for each read.
var canLook = trap.Add(lookEntry(), lookResume()) && cpu.Shifts

// longestLook is the length up to which look copies.
const longestLook = 128

const (
	//lint:ignore U1000 assembly reads it
	hitsLane = trap.Lane
	//lint:ignore U1000 assembly reads it
	hitsLanesLog = trap.LanesLog
)

// look is ReadAt where pages that were touched before show all of p, in the whole map or
// in the window of the first hint, for at most longestLook bytes. From the call of ReadAt on
// it makes two thirds of the instructions that Go code makes with a routine for the copy
// alone, so that the processor has more reads of memory under way at once. It reads
// everything before it writes to p. False: nothing is known, and p may hold anything.
//
// It keeps no mapping alive: assembly is not preempted, so no collection ends, and none
// begins, between its load of f.rd and its last access.
//
//go:noescape
func look(f *MappedFile, p []byte, off int64) bool

// lookFaulted is where look goes on after a fault.
//
//lint:ignore U1000 only the handler goes there
//go:noescape
func lookFaulted(f *MappedFile, p []byte, off int64) bool

func lookEntry() uintptr
func lookResume() uintptr
