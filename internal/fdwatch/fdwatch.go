package fdwatch

import "os"

// Watch has fn called soon after somebody let go of f's file, took its name away or
// changed its length, from a goroutine of this package, one call at a time; it may be
// called for nothing, and once for several. A lock that went with the descriptor may be held for some microseconds
// still. fn must return at once and not call stop.
//
// stop ends that; when it returns fn is not called any more. It may be called
// again. The error matches errors.ErrUnsupported where the system does not tell,
// and is the system's when it has no more instances or watches to give.
func Watch(f *os.File, fn func()) (stop func(), err error) { return watch(f, fn) }
