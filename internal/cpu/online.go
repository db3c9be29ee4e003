package cpu

import (
	"runtime"
	"sync"
)

// Online is the number of processors the machine runs, also when this process is
// bound to fewer: what other processes can run on meanwhile.
func Online() int { return counted() }

var counted = sync.OnceValue(func() int { return max(online(), runtime.NumCPU()) })
