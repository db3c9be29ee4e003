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
	// Settle is how many segments of a case run, and count for nothing, before the one
	// that counts. Reads of more memory than a core has cache for take up to seven times
	// as long in the first millisecond after another system has read the file, and some
	// longer for tens of milliseconds: translations of addresses and lines of the cache
	// that all cores share are the other's. A program reads a file one way.
	Settle int
	// Often is how many times as many rounds as other groups it needs.
	Often int
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

// settle is how many segments reads need.
const settle = 3

// Situations are the cases that compare systems in one: those of one name and size.
func Situations(list []Case) [][]Case {
	var all [][]Case
	for _, c := range list {
		i := slices.IndexFunc(all, func(s []Case) bool { return s[0].Name == c.Name && s[0].Size == c.Size })
		if i < 0 {
			i, all = len(all), append(all, nil)
		}
		all[i] = append(all[i], c)
	}
	return all
}

// Groups lists what this package measures.
var Groups = []Group{
	{"reads", "Reads of a warm file", settle, 2, openReads},
	{"scaling", "Random reads of 64 bytes from one and from two goroutines", settle, 2, openScaling},
	{"append", "Appending, growing, seeking", 0, 1, openAppend},
	{"sync", "64 bytes written and made durable", 0, 1, openSync},
	{"cold", "Reads of a file that is not in memory", 0, 1, openCold},
	{"stall", "How long other goroutines stand still while one reads a cold file", 0, 1, openStall},
	{"memory", "Resident memory after scanning a huge file", 0, 1, openMemory},
	{"locks", "Lock and unlock", 0, 1, openLocks},
	{"guard", "Copies of mapped memory with and without a guard", 0, 1, openGuard},
}
