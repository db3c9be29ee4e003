package faults

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// tally is what a crowd of goroutines has met, told to the parent.
type tally struct {
	Reads, Writes, Views int64 // that went well
	Faults               int64 // operations that ended with a fault or a file cut short
	FaultsCounted        int64 // by the handle's Stats
	Recovered            uint64
	Others               map[string]int64 // errors a test has to expect by name
}

// crowd is eight goroutines that read and write one handle until they are told
// to end. Errors that name no file or are of no known type end the crowd.
type crowd struct {
	f    *memmapfs.MappedFile
	from int64 // writers leave alone what is before it
	size int64
	quit chan struct{}
	wg   sync.WaitGroup

	reads, writes, views, faults atomic.Int64

	mu     sync.Mutex
	others map[string]int64
	bad    error
}

const (
	readers = 3
	viewers = 1
	writers = 4
)

func newCrowd(f *memmapfs.MappedFile, from, size int64) *crowd {
	c := &crowd{f: f, from: from, size: size, quit: make(chan struct{}), others: map[string]int64{}}
	for i := range readers + viewers + writers {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		act := c.write
		switch {
		case i < readers:
			act = c.read
		case i < readers+viewers:
			act = c.view
		}
		c.wg.Go(func() {
			for {
				select {
				case <-c.quit:
					return
				default:
					act(r)
				}
			}
		})
	}
	return c
}

// busy waits until everybody has begun.
func (c *crowd) busy() {
	for c.reads.Load() == 0 || c.writes.Load() == 0 || c.views.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
}

func (c *crowd) read(r *rand.Rand) {
	p := make([]byte, 1+r.IntN(20_000))
	n, err := c.f.ReadAt(p, r.Int64N(c.size))
	if n < 0 || n > len(p) {
		c.fail(fmt.Errorf("read of %d returned %d", len(p), n))
	}
	if c.judge(err) {
		c.reads.Add(1)
	}
}

// write writes what numbered has at that place.
func (c *crowd) write(r *rand.Rand) {
	p := make([]byte, 1+r.IntN(20_000))
	off := c.from + r.Int64N(c.size-c.from)
	for i := range p {
		p[i] = numberAt(int(off) + i)
	}
	n, err := c.f.WriteAt(p[:min(int64(len(p)), c.size-off)], off)
	if n < 0 || n > len(p) {
		c.fail(fmt.Errorf("write of %d returned %d", len(p), n))
	}
	if c.judge(err) {
		c.writes.Add(1)
	}
}

func (c *crowd) view(r *rand.Rand) {
	v, err := c.f.View(r.Int64N(c.size), 1+r.Int64N(20_000))
	if errors.Is(err, fs.ErrInvalid) { // behind the end, wherever it is now
		return
	}
	if err != nil {
		c.judge(err)
		return
	}
	defer v.Release()
	err = sigbus.Guard(func() {
		sum := byte(0)
		for _, b := range v.Bytes() {
			sum += b
		}
		_ = sum
	})
	var fault *sigbus.FaultError
	switch {
	case err == nil:
		c.views.Add(1)
	case errors.As(err, &fault) && fault.Name == c.f.Name():
		c.faults.Add(1)
	default:
		c.fail(fmt.Errorf("a view's fault does not name the file: %w", err))
	}
}

// judge sorts an error; it is true when there is none.
func (c *crowd) judge(err error) bool {
	var pe *fs.PathError
	switch {
	case err == nil || err == io.EOF:
		return true
	case !errors.As(err, &pe) || pe.Path != c.f.Name():
		c.fail(fmt.Errorf("an error does not name the file: %w", err))
	case errors.Is(err, sigbus.ErrFault) || errors.Is(err, io.ErrUnexpectedEOF):
		c.faults.Add(1)
	default:
		c.mu.Lock()
		c.others[root(err)]++
		c.mu.Unlock()
	}
	return false
}

// root is the text of the error at the bottom.
func root(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

func (c *crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bad == nil {
		c.bad = err
		fmt.Fprintln(os.Stderr, err)
	}
}

// beside has a crowd work on f while do is under way. It may meet faults, and the
// errors whose texts are known, or end in a known one.
func beside(f *memmapfs.MappedFile, from, size int64, do func() error, known ...error) error {
	c := newCrowd(f, from, size)
	err := do()
	for end := time.Now().Add(10 * time.Second); c.reads.Load()+c.views.Load() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	got, cerr := c.end()
	for _, k := range known {
		maps.DeleteFunc(got.Others, func(text string, _ int64) bool { return strings.HasSuffix(text, k.Error()) })
	}
	if len(got.Others) > 0 {
		cerr = errors.Join(cerr, fmt.Errorf("the crowd met %v", got.Others))
	}
	if got.Reads+got.Views == 0 {
		cerr = errors.Join(cerr, errors.New("the crowd read nothing"))
	}
	return errors.Join(err, cerr)
}

// end stops the crowd and returns what it has met.
func (c *crowd) end() (tally, error) {
	close(c.quit)
	c.wg.Wait()
	return tally{
		Reads: c.reads.Load(), Writes: c.writes.Load(), Views: c.views.Load(), Faults: c.faults.Load(),
		FaultsCounted: c.f.Stats().Faults, Recovered: sigbus.Stats().Recovered, Others: c.others,
	}, c.bad
}
