// Package cases holds the comparisons that run inside one process: files, locks,
// guarded copies. Where processes of their own are needed, as for memory use and
// for contended locks, a case starts them itself.
package cases

import (
	"errors"
	"runtime"
	"slices"
	"time"
)

// Case is one system in one situation.
type Case struct {
	System string
	Name   string
	Size   int64
	Unit   string // ns when empty

	// Segment measures once: the value in Unit and the heap allocations per
	// operation, negative when unknown.
	Segment func() (value, allocs float64, err error)
}

// Group is what is measured together, interleaved.
type Group struct {
	Name, Title string
	// Open prepares the cases in dir; close undoes it.
	Open func(dir string, p Plan) (cases []Case, close func() error, err error)
}

// Plan says how much time there is.
type Plan struct {
	Quick   bool
	Segment time.Duration
}

// pick is the value for a full run or that for a quick one.
func pick[T any](p Plan, full, quick T) T {
	if p.Quick {
		return quick
	}
	return full
}

// loop is a Segment that calls run with a count that takes about the plan's
// time, found at the first call.
func loop(p Plan, run func(n int) error) func() (float64, float64, error) {
	n := 0
	return func() (float64, float64, error) {
		for n == 0 {
			if err := calibrate(p, run, &n); err != nil {
				return 0, 0, err
			}
		}
		mallocs, start := mallocs(), time.Now()
		if err := run(n); err != nil {
			return 0, 0, err
		}
		took := time.Since(start)
		made := float64(allocatedSince(mallocs))
		if made < 8 {
			made = 0 // the runtime's own
		}
		return float64(took) / float64(n), made / float64(n), nil
	}
}

// calibrate finds how many calls take a segment. The first ones may cost more than
// all that follow, space that is made ahead for instance, so a count is believed
// when it took about that long itself, or when the calls do not become steady.
func calibrate(p Plan, run func(n int) error, n *int) error {
	try := 16
	for range 40 {
		start := time.Now()
		if err := run(try); err != nil {
			return err
		}
		took := max(time.Since(start), time.Microsecond)
		if took > p.Segment/2 && (took < 2*p.Segment || try == 1) {
			break
		}
		try = max(1, min(16*try, int(float64(try)*float64(p.Segment)/float64(took))))
	}
	*n = try
	return nil
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

func allocatedSince(before uint64) uint64 { return mallocs() - before }

// closers undoes in reverse order.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c closers) close() error {
	var errs []error
	for _, f := range slices.Backward(c) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// Groups lists what this package measures.
var Groups = []Group{
	{"reads", "Reads of a warm file", openReads},
	{"scaling", "Random reads of 64 bytes from one and from two goroutines", openScaling},
	{"append", "Appending, growing, seeking", openAppend},
	{"sync", "64 bytes written and made durable", openSync},
	{"cold", "Reads of a file that is not in memory", openCold},
	{"stall", "How long other goroutines stand still while one reads a cold file", openStall},
	{"memory", "Resident memory after scanning a huge file", openMemory},
	{"locks", "Lock and unlock", openLocks},
	{"guard", "Copies of mapped memory with and without a guard", openGuard},
}
