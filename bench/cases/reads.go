package cases

import (
	"io"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// warmSize is larger than the processor's caches, hotSize smaller: reads all over
// the first wait for memory, whatever does them; those in the second do not.
const (
	warmSize = 64 << 20
	hotSize  = 256 << 10
)

var readSystems = []string{Whole, Windowed, OSFile, ExpMmap, Edsrzf}

// Names of the cases.
const (
	Random     = "random"
	Hot        = "random in 256 KiB"
	Sequential = "sequential"
)

func openReads(dir string, p Plan) ([]Case, func() error, error) {
	var c closers
	name, err := newFile(dir, "warm", warmSize)
	if err != nil {
		return nil, nil, err
	}
	sizes := map[string][]int{
		Random:     pick(p, []int{16, 64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10}, []int{64, 4 << 10}),
		Sequential: pick(p, []int{64, 1 << 10, 4 << 10, 64 << 10, 256 << 10, 1 << 20}, []int{4 << 10, 1 << 20}),
	}
	var cases []Case
	for _, system := range readSystems {
		r, err := open(system, name)
		if err != nil {
			return nil, nil, err
		}
		c.add(r.Close)
		if err := warm(r); err != nil {
			return nil, nil, err
		}
		for _, size := range sizes[Random] {
			cases = append(cases, Case{System: system, Name: Random, Size: int64(size), Segment: loop(p, random(r, size, warmSize))})
		}
		for _, size := range []int{64, 4 << 10} {
			cases = append(cases, Case{System: system, Name: Hot, Size: int64(size), Segment: loop(p, random(r, size, hotSize))})
		}
		for _, size := range sizes[Sequential] {
			cases = append(cases, Case{System: system, Name: Sequential, Size: int64(size), Segment: loop(p, sequential(r, size))})
		}
	}
	return cases, c.close, nil
}

// warm touches every page twice.
func warm(r io.ReaderAt) error {
	buf := make([]byte, 4096)
	for range 2 {
		for off := int64(0); off < warmSize; off += int64(len(buf)) {
			if _, err := r.ReadAt(buf, off); err != nil {
				return err
			}
		}
	}
	return nil
}

// random reads size bytes somewhere in the first span of them. What it writes, it
// keeps to itself: two of them on two processors must not take a cache line from
// each other. It begins anywhere: with the same numbers, a case would find in the
// cache what the one before it had read.
func random(r io.ReaderAt, size, span int) func(n int) error {
	buf, state := apart(size), rand.Uint64()
	return func(n int) error {
		x := state
		for range n {
			x = x*6364136223846793005 + 1442695040888963407
			off, _ := bits.Mul64(x, uint64(span-size))
			if _, err := r.ReadAt(buf, int64(off)); err != nil {
				return err
			}
		}
		state = x
		return nil
	}
}

// apart makes a buffer with nothing else on its cache lines and those beside them.
func apart(size int) []byte {
	const line = 128
	return make([]byte, size+2*line)[line : line+size : line+size]
}

func sequential(r io.ReaderAt, size int) func(n int) error {
	buf, off := make([]byte, size), int64(0)
	return func(n int) error {
		for range n {
			if _, err := r.ReadAt(buf, off); err != nil {
				return err
			}
			if off += int64(size); off+int64(size) > warmSize {
				off = 0
			}
		}
		return nil
	}
}

// Cases of the scaling group; the values are ns per read of all goroutines
// together.
const (
	OneGoroutine  = "one goroutine"
	TwoGoroutines = "two goroutines"
)

func openScaling(dir string, p Plan) ([]Case, func() error, error) {
	var c closers
	name, err := newFile(dir, "warm", warmSize)
	if err != nil {
		return nil, nil, err
	}
	var cases []Case
	for _, system := range readSystems {
		r, err := open(system, name)
		if err != nil {
			return nil, nil, err
		}
		c.add(r.Close)
		if err := warm(r); err != nil {
			return nil, nil, err
		}
		cases = append(cases,
			Case{System: system, Name: OneGoroutine, Size: 64, Segment: loop(p, random(r, 64, warmSize))},
			Case{System: system, Name: TwoGoroutines, Size: 64, Segment: loop(p, parallel(random(r, 64, warmSize), random(r, 64, warmSize)))})
	}
	return cases, c.close, nil
}

// parallel splits n between a and b, each on a goroutine of its own.
func parallel(a, b func(n int) error) func(n int) error {
	return func(n int) error {
		var done sync.WaitGroup
		var other error
		done.Go(func() { other = b(n / 2) })
		err := a(n - n/2)
		done.Wait()
		if err == nil {
			err = other
		}
		return err
	}
}
