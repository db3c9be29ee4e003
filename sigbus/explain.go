package sigbus

import (
	"errors"
	"os"

	"github.com/absfs/shmkit/internal/sysx"
)

// Explain finds the fault behind the error of a system call that was given b to
// read from or to fill, a Write or Read of a file or socket say: the kernel meets
// the bad page then, and all it tells is "bad address" (EFAULT), of a file that has
// nothing to do with it. When b faults the result is a [*FaultError]; otherwise it
// is err.
func Explain(err error, b []byte) error {
	if !errors.Is(err, sysx.EFAULT) || len(b) == 0 {
		return err
	}
	var sum byte
	fault := Guard(func() {
		for page := os.Getpagesize(); len(b) > page; b = b[page:] {
			sum += b[0]
		}
		sum += b[0] + b[len(b)-1]
	})
	if fault != nil {
		return fault
	}
	return err
}
