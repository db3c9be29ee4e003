package cpu

import (
	"math"

	"golang.org/x/sys/cpu"
)

// Wide says whether there are registers of 32 bytes.
var Wide = cpu.X86.HasAVX

// Shifts says whether there are SHLX and SHRX, which shift by any register in one step.
var Shifts = cpu.X86.HasBMI2

// StringsFrom is the length from which on string instructions are the best way to
// write to lines that another processor has. They write whole lines without reading
// them first. AMD's do so from a kilobyte on; those of others are slower than wide
// registers at any length measured, up to 256 KiB.
var StringsFrom = func() uint64 {
	const amd, hygon = 0x68747541, 0x6f677948 // the first four letters of the vendor's name
	if v := vendor(); cpu.X86.HasERMS && (v == amd || v == hygon) {
		return Long
	}
	return math.MaxInt64
}()

// vendor is the beginning of the vendor's name.
func vendor() (b uint32)
