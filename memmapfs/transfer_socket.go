package memmapfs

import (
	"io"
	"io/fs"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
)

// spliceLeast is how much must have arrived at a socket for a splice to be worth it,
// spliceStep the most between two looks at the handle.
const (
	spliceLeast = 32 << 10
	spliceStep  = 512 << 10
)

// splices says whether the kernel may move bytes from r, a socket, to the file
// without a copy in between. Close has to take the descriptor away from a splice
// that waits, and GrowAhead needs the length kept at each write.
func (f *MappedFile) splices(r io.Reader) bool {
	_, ok := r.(mmap.Conn)
	return ok && runtime.GOOS == "linux" && f.fs != nil && f.cfg.GrowAhead == 0 && definedIn("net", r)
}

// drain copies from a socket for which splices holds. It waits with a read, for
// which no place in the file is taken yet, and splices when the peer turns out to
// be fast.
func (f *MappedFile) drain(lr *io.LimitedReader) (total int64, err error) {
	buf := make([]byte, spliceLeast)
	for lr.N > 0 {
		n, rerr := lr.Read(buf)
		k, err := f.Write(buf[:n])
		total += int64(k)
		if err != nil {
			return total, err
		}
		if rerr == io.EOF {
			break
		}
		if rerr != nil {
			return total, rerr
		}
		if n < len(buf) {
			continue
		}
		spliced, err := f.spliceArrived(lr)
		total += spliced
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// spliceArrived splices as long as there is much that has arrived. A splice of more
// would wait, with bytes in the file that the handle does not know of.
func (f *MappedFile) spliceArrived(lr *io.LimitedReader) (total int64, err error) {
	c, ok := lr.R.(mmap.Conn)
	for ok && err == nil {
		step := min(lr.N, spliceStep, mmap.Arrived(c))
		if step < spliceLeast {
			break
		}
		var n int64
		if n, err = f.spliceStep(lr, step); n == 0 {
			break
		}
		total += n
	}
	return total, err
}

// spliceStep copies step bytes. It has to wait all the same when somebody else reads
// what has arrived, and therefore holds no gate. Size, position and what is dirty
// follow when it is done: that is why a step is short.
func (f *MappedFile) spliceStep(lr *io.LimitedReader, step int64) (int64, error) {
	if !f.kernel.TryLock() {
		return 0, nil
	}
	defer f.kernel.Unlock()
	pos := f.pos.Load()
	if _, err := f.native.Seek(pos, io.SeekStart); err != nil {
		return 0, f.closedOr("write", err)
	}
	part := io.LimitedReader{R: lr.R, N: step}
	n, err := f.native.ReadFrom(&part)
	lr.N -= step - part.N
	f.gate.RLock()
	defer f.gate.RUnlock()
	if f.closed.Load() {
		return n, f.pathError("write", fs.ErrClosed)
	}
	f.pos.CompareAndSwap(pos, pos+n)
	if n > 0 {
		_, lerr := f.learn() // somebody may have truncated the file behind the bytes
		if serr := f.wrote(pos, n, nil, 0); lerr == nil {
			lerr = serr
		}
		if err == nil {
			err = lerr
		}
	}
	return n, err
}
