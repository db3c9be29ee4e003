package memmapfs

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// warmUp brings the pages around [off, off+n) in by a system call, so that
// other goroutines run while a device is read. An error is left to the access
// that follows: it meets the same trouble and can tell it better.
func (f *MappedFile) warmUp(m *mapping, off, n int64) {
	if m.cold == nil || m.cold.has(off, int(n)) {
		return
	}
	f.populate(m.cold, m.data, 0, off, n)
	m.advance()
}

// populate faults in the blocks around [off, off+n) of data, which shows the
// file from base, and adds them to cold.
func (f *MappedFile) populate(cold *blockSet, data []byte, base, off, n int64) {
	const block = 1 << coldShift
	lo := max(off&^(block-1), base)
	end := roundUp(f.size.Load(), int64(mmap.PageSize()))
	hi := min((off+n+block-1)&^(block-1), end, base+int64(len(data)))
	if lo >= hi {
		return
	}
	f.stats.populates.Add(1)
	shown := data[lo-base : hi-base]
	f.fetch(lo, hi, cold.next.Swap(hi) == lo)
	err := mmap.Populate(shown, false)
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.prefetch(shown, lo)
	}
	if err == nil {
		cold.add(lo, hi-lo)
	}
}

// fetch has the file's bytes from lo to hi read into the page cache. Meanwhile it
// lets others run, and sleeps: a system call that waits for the device would keep
// the processor until the runtime's monitor comes by, which it does every 10 ms
// when it has had nothing to do for a while. And the kernel takes a fault, as in
// populate, for a reason to read megabytes around it: what goes on where the last
// fetch ended is read as a read does it, further and further ahead, the rest alone.
func (f *MappedFile) fetch(lo, hi int64, onwards bool) {
	if !onwards && mmap.Readahead(f.mapper, lo, hi-lo) != nil {
		return
	}
	scratch := scratches.Get().(*[scratchSize]byte)
	defer scratches.Put(scratch)
	nap := firstNap
	for begun := time.Now(); lo < hi && nap < lastNap && !f.closed.Load(); {
		n, err := mmap.ReadCached(f.mapper, scratch[:min(hi-lo, scratchSize)], lo)
		lo += int64(n)
		switch {
		case err != nil || lo >= f.size.Load():
			return
		case n > 0:
		case time.Since(begun) < quickly:
			runtime.Gosched()
		default:
			time.Sleep(nap)
			nap += nap / 2
		}
	}
}

// What fetch reads goes nowhere: it is read through the map.
const scratchSize = 64 << 10

var scratches = sync.Pool{New: func() any { return new([scratchSize]byte) }}

const (
	// quickly is how long a fast device may take: a timer is late by more.
	quickly = 200 * time.Microsecond
	// After naps of these lengths, a tenth of a second in all, populate waits for
	// what is missing, and tells why it is.
	firstNap = 100 * time.Microsecond
	lastNap  = 30 * time.Millisecond
)

// prefetch is populate for kernels without such a call: reading one byte of
// each page through the descriptor waits for it in a system call.
func (f *MappedFile) prefetch(data []byte, off int64) error {
	// Only a hint: where it is unknown the reads below do all the work.
	_ = mmap.Advise(data, mmap.WillNeed)
	one := make([]byte, 1)
	for at := 0; at < len(data); at += mmap.PageSize() {
		if _, err := f.mapper.ReadAt(one, off+int64(at)); err != nil {
			return err
		}
	}
	return nil
}
