//go:build !amd64

package cpu

import "math"

// Wide says whether there are registers of 32 bytes that assembly may use.
const Wide = false

// StringsFrom is the length from which on string instructions are the best way to
// write to lines that another processor has.
const StringsFrom uint64 = math.MaxInt64
