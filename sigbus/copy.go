package sigbus

import (
	"os"
	"runtime/debug"

	"github.com/absfs/shmkit/internal/vmem"
)

// Copy copies min(len(dst), len(src)) bytes from src to dst, which may overlap,
// as the built-in copy does. Either may be mapped memory.
//
// When it meets a memory fault the error is a [*FaultError] and n is the length
// of the longest beginning of dst that surely holds src's bytes, found page by
// page; it is 0 for slices that overlap. What dst holds behind n is undefined.
// Copy allocates nothing unless it faults, and does not block.
func Copy(dst, src []byte) (n int, err error) {
	n, err = copyAll(dst, src)
	if err != nil {
		n = copyPages(dst, src)
	}
	return n, err
}

func copyAll(dst, src []byte) (n int, err error) {
	state := enter()
	defer state.leave(&err)
	n = copy(dst, src)
	state.done = true
	return n, nil
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
