package host

import "math"

// Unlimited is a limit that is none.
const Unlimited = math.MaxUint64

// Limits are what bounds mapped and locked memory. Zero means unknown.
type Limits struct {
	LockedBytes uint64 // RLIMIT_MEMLOCK
	OpenFiles   uint64 // RLIMIT_NOFILE
	FileBytes   uint64 // RLIMIT_FSIZE
	MapCount    uint64 // vm.max_map_count
	HugePages   uint64 // pages in the pool
	Kernel      string // release
}

// Space returns the size of the file system that holds dir, and the bytes an
// ordinary user can still write there. Errors: errors.ErrUnsupported where
// there is no way to ask.
func Space(dir string) (size, free uint64, err error) { return space(dir) }

// PageFaults returns how many page faults of this process the kernel has served
// from memory and from a device. Errors: errors.ErrUnsupported where there is no
// way to ask.
func PageFaults() (minor, major uint64, err error) { return pageFaults() }

// Look returns the limits of this process and machine as far as they are known.
func Look() Limits { return look() }
