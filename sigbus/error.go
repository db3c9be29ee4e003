package sigbus

import (
	"errors"
	"fmt"
)

// ErrFault is matched, by [errors.Is], by every error this package returns.
var ErrFault = errors.New("memory fault")

// FaultError describes one fault in mapped memory.
type FaultError struct {
	// Addr is the address the processor reported. A wide or a backward copy
	// can fault before the first bad byte or after it: no count of good bytes
	// can be computed from it.
	Addr uintptr
	// Name is what the range was registered with, usually a file's path;
	// empty when the address lies in no registered range.
	Name string
	// Offset is the position of Addr in the file; -1 when Name is empty.
	Offset int64

	cause error
}

// Error names the file and the offset, where they are known.
func (e *FaultError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("memory fault at address %#x", e.Addr)
	}
	return fmt.Sprintf("memory fault at offset %d of %s (address %#x)", e.Offset, e.Name, e.Addr)
}

// Is makes every FaultError match [ErrFault].
func (e *FaultError) Is(target error) bool { return target == ErrFault }

// Unwrap returns the [runtime.Error] the runtime panicked with; nil where the
// fault was met without a panic.
func (e *FaultError) Unwrap() error { return e.cause }
