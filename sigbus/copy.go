package sigbus

import (
	"os"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/trap"
	"github.com/absfs/shmkit/internal/vmem"
)

// trapped says whether short copies need no guard.
var trapped = trap.Enable()

// Copy copies min(len(dst), len(src)) bytes from src to dst, which may overlap,
// as the built-in copy does. Either may be mapped memory.
//
// When it meets a memory fault the error is a [*FaultError] and n is the length
// of the longest beginning of dst that surely holds src's bytes, found page by
// page; it is 0 for slices that overlap. What dst holds behind n is undefined.
// Copy allocates nothing unless it faults, and does not block.
func Copy(dst, src []byte) (n int, err error) {
	if n := min(len(dst), len(src)); n <= trap.Longest && trapped {
		if trap.Copy(dst, src) == 0 {
			return n, nil
		}
		// Once more, guarded: it faults again, or the file has grown back, or the
		// bytes have to be moved from their end.
	}
	n, err = copyAll(dst, src)
	if err != nil {
		n = copyPages(dst, src)
	}
	return n, err
}

func copyAll(dst, src []byte) (n int, err error) {
	state := enter()
	defer state.leave(&err)
	if upwards(dst, src) {
		n = copyDown(dst, src)
	} else {
		n = cpu.Copy(dst, src)
	}
	state.done = true
	return n, nil
}

// upwards reports whether dst overlaps src from above, so that src has to be
// copied from its end.
func upwards(dst, src []byte) bool {
	d, dend := vmem.Span(dst)
	s, send := vmem.Span(src)
	return s < d && d < send && s < dend
}

// straight is the length up to which the built-in copy reads all of its source
// into registers before it writes.
const straight = 128

// copyDown is copy, from the end, in pieces of straight bytes. The built-in
// would use string instructions with the direction flag set, on 386 and on
// amd64 without AVX, and a fault would leave it set for the Go code that runs next.
func copyDown(dst, src []byte) int {
	n := min(len(dst), len(src))
	for end := n; end > 0; end -= min(end, straight) {
		start := max(0, end-straight)
		copy(dst[start:end], src[start:end])
	}
	return n
}

// copyPages copies until the first page that faults and returns how far it came.
func copyPages(dst, src []byte) (n int) {
	size := min(len(dst), len(src))
	dst, src = dst[:size], src[:size]
	d, dend := vmem.Span(dst)
	s, send := vmem.Span(src)
	if d < send && s < dend {
		return 0
	}
	page := uintptr(os.Getpagesize())
	rest := func(at uintptr) int { return int(page - at%page) }
	for n < size {
		step := min(size-n, rest(d+uintptr(n)), rest(s+uintptr(n)))
		if !copyQuietly(dst[n:n+step], src[n:n+step]) {
			break
		}
		n += step
	}
	return n
}

// copyQuietly is copyAll for a fault that has been reported already.
func copyQuietly(dst, src []byte) (ok bool) {
	state := enter()
	defer state.leaveQuietly(&ok)
	copy(dst, src)
	state.done = true
	return true
}

func (g *guard) leaveQuietly(ok *bool) {
	debug.SetPanicOnFault(g.before)
	if g.done {
		return
	}
	if r := recover(); r != nil {
		classify(r)
		*ok = false
	}
}
